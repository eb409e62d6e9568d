"""Which endpoints of others we are willing to connect to."""

from __future__ import annotations

from covey.endpoint import parse_tcp
from covey.errors import EndpointError

__all__ = ["is_reachable"]


def is_reachable(endpoint: str) -> bool:
    """Whether `endpoint` is `tcp://host:port`, with no source address of a stranger's choice."""
    if not endpoint.startswith("tcp://"):
        return False
    try:
        return parse_tcp(endpoint, for_bind=False).source is None
    except EndpointError:
        return False
