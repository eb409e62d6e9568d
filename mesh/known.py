"""What a node knows of another one, as the application sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from covey.discovery.directory import NodeRecord
from covey.values import frozen

from .peers import Liveness, Peer
from .zre.constants import HEADER_MESH

__all__ = ["Known", "known"]


@frozen
class Known:
    """One node that was ever heard of; `Node.directory` returns them."""

    uuid: UUID
    name: str
    """As it calls itself; empty as long as it did not say."""
    mesh: str | None
    """The mesh's name, where it is known to be in one."""
    endpoints: tuple[str, ...]
    """Where it may be reached, the likeliest first."""
    headers: Mapping[str, str]
    via: tuple[str, ...]
    """Every medium that reported it, in order; `hello` where it came to us."""
    first_seen: float
    last_seen: float
    """Seconds since the Unix epoch."""
    liveness: Liveness | None
    """None for one that is no peer: only sighted, or lost."""
    public_key: bytes | None
    """Proven, in a secret mesh."""


def known(
    record: NodeRecord,
    peer: Peer | None,
    rank: Callable[[Sequence[str]], list[str]],
    wall_offset: float,
) -> Known:
    """Return the application's view of a record and of the peer that it is, if any."""
    headers = peer.headers if peer is not None else record.headers
    return Known(
        uuid=record.uuid,
        name=peer.name if peer is not None else record.name,
        mesh=headers.get(HEADER_MESH),
        endpoints=tuple(rank([place.endpoint for place in reversed(record.whereabouts)])),
        headers=headers,
        via=record.via,
        first_seen=record.first_seen + wall_offset,
        last_seen=max(record.last_seen + wall_offset, peer.last_seen if peer is not None else 0.0),
        liveness=peer.liveness if peer is not None else None,
        public_key=record.public_key,
    )
