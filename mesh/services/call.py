"""What the handler of a service is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from covey.values import frozen

from ..peers import Peer

__all__ = ["Call", "Handler"]


@frozen
class Call:
    """A peer calls a service of ours."""

    peer: Peer
    """Who calls: the node at the other end of the connection."""
    service: str
    data: bytes


Handler: TypeAlias = "Callable[[Call], Awaitable[bytes] | bytes]"
"""Returns the answer. What it raises is the caller's `ServiceError`: with the reason of one of its own, else with no
more than the name of the exception's class."""
