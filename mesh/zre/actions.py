"""What the core wants done by whoever has sockets."""

from __future__ import annotations

from typing import TypeAlias
from uuid import UUID

from covey.values import frozen

__all__ = ["Action", "Connect", "Disconnect", "Examine", "Send"]


@frozen
class Connect:
    """Point the mailbox of a peer at `endpoint`.

    If it has one that never connected, what waits in it stays and goes to the new endpoint.
    """

    uuid: UUID
    endpoint: str
    public_key: bytes | None
    """The key that the other end must prove; None in an open mesh."""


@frozen
class Disconnect:
    """Drop the mailbox of a peer and what waits in it."""

    uuid: UUID


@frozen
class Send:
    """Put a message into the mailbox of a peer, in this order and without loss."""

    uuid: UUID
    frames: list[bytes]


@frozen
class Examine:
    """Find out whether somebody is at the mailbox of a silent peer, and report it to `ZreCore.evidence`."""

    uuid: UUID
    endpoint: str
    patience: float = 1.5
    """Within which a connection must come about. Seconds."""


Action: TypeAlias = Connect | Disconnect | Send | Examine
"""In the order in which they must be done."""
