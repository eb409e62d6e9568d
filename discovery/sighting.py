"""What every discovery medium says: somebody was seen, or said goodbye."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self
from uuid import UUID

from covey.values import field, frozen

if TYPE_CHECKING:
    from .announce.herald import Herald

__all__ = ["Announcement", "DiscoverySource", "Sighting", "SightingSink"]


@frozen
class Announcement:
    """What a node says of itself on every medium."""

    uuid: UUID
    port: int
    """TCP port of its mesh endpoint; host order, 1 to 65535."""
    public_key: bytes | None = None
    """CURVE public key, 32 bytes, in protected meshes."""
    headers: Mapping[str, str] = field(default_factory=dict)
    herald: Herald | None = field(default=None, compare=False, repr=False)
    """Speaks for the node where others can be known without a connection (beacons alone do that)."""


@frozen
class Sighting:
    """One report about one node from one medium."""

    uuid: UUID
    via: str
    """The medium: beacon, mdns, gossip, tipc, etcd, seed, manual."""
    endpoint: str | None
    """Where it can be reached, `tcp://10.0.0.1:49152`; None when it said goodbye."""
    public_key: bytes | None = None
    """Proven by the medium's own seal, else None."""
    claimed_key: bytes | None = None
    """What an unsealed report (a ZRE beacon of version 3) says the key is: anybody can forge it."""
    interface: str | None = None
    """Name of the interface it was heard on."""
    source: str | None = None
    """Numeric address that the report came from; also set on a goodbye."""
    headers: Mapping[str, str] = field(default_factory=dict)
    out_of_reach: bool = False
    """Of a departure: the medium no longer gets there, and cannot say whether the node lives."""
    interval: float | None = None
    """At which the node says that it announces itself. Seconds."""

    @property
    def is_departure(self) -> bool:
        """Whether the node said goodbye."""
        return self.endpoint is None


SightingSink = Callable[[Sighting], None]
"""Called in the loop's thread, must not block and must not raise."""


class DiscoverySource(Protocol):
    """A medium at work: announces until left, reports sightings to the sink it was made with.

    Leaving the context says goodbye on the medium.
    """

    async def __aenter__(self) -> Self:
        """Start announcing and listening."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye and stop."""
        ...

    def statistics(self) -> object:
        """Return a frozen value of counters."""
        ...
