"""What a node tells of another one."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from covey.values import field, frozen

__all__ = ["Liveness", "Peer"]


def _no_headers() -> Mapping[str, str]:
    return MappingProxyType({})


class Liveness(enum.StrEnum):
    """How sure we are that a peer is there."""

    ALIVE = "alive"
    """Heard lately."""
    EVASIVE = "evasive"
    """Silent for longer than it should be, or its connection broke."""
    GONE = "gone"
    """Said goodbye or expired; only in the values that events carry."""


@frozen
class Peer:
    """Another node of the mesh, as known at one moment. Two values are equal when they mean one node."""

    uuid: UUID
    name: str = field(compare=False)
    """As the peer calls itself; nothing makes it unique."""
    endpoint: str = field(compare=False)
    """Where its mailbox is connected, `tcp://10.0.0.1:49152`."""
    headers: Mapping[str, str] = field(default_factory=_no_headers, compare=False)
    """What it said of itself in HELLO; read only."""
    groups: frozenset[str] = field(default=frozenset(), compare=False)
    via: str = field(default="hello", compare=False)
    """How it was found: the medium of its first sighting, or hello when it came to us first."""
    last_seen: float = field(default=0.0, compare=False)
    """When it was last heard, by message or by sighting. Seconds since the Unix epoch."""
    liveness: Liveness = field(default=Liveness.ALIVE, compare=False)
    public_key: bytes | None = field(default=None, compare=False)
    """Its proven CURVE key, 32 octets, in a secret mesh; else None."""
    services: frozenset[str] = field(default=frozenset(), compare=False)
    """That it offers."""
