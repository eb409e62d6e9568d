"""Which endpoints of others we are willing to connect to."""

from __future__ import annotations

from covey.endpoint import parse_tcp
from covey.errors import EndpointError

__all__ = ["is_reachable"]


def is_reachable(endpoint: str) -> bool:
    """Whether `endpoint` is `tcp://host:port`, without a source address of a stranger's choice, or a TIPC one."""
    if not endpoint.startswith(("tcp://", "tipc://")):
        return False
    try:
        if endpoint.startswith("tipc://"):
            from covey.transports.tipc.address import parse_for_connect

            parse_for_connect(endpoint)
            return True
        return parse_tcp(endpoint, for_bind=False).source is None
    except EndpointError:
        return False
