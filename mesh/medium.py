"""What a medium of a node is, and what it may know of the node."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.values import frozen

if TYPE_CHECKING:
    from .cluster_events import ClusterEvent
    from .sealing import Sealing
    from .zre.own import ClusterEndpoints

__all__ = ["LateMedium", "ListeningMedium", "Medium", "Surroundings"]

Medium: TypeAlias = Callable[[Announcement, SightingSink], DiscoverySource]
"""Makes a source of sightings, to be entered by the node and left with it."""


class ListeningMedium(ABC):
    """A `Medium` whose nodes reach each other where no IP goes: the node listens there, too."""

    @abstractmethod
    def __call__(self, announcement: Announcement, sink: SightingSink, /) -> DiscoverySource:
        """Make a source of sightings."""

    @abstractmethod
    def places(self, uuid: UUID) -> ClusterEndpoints:
        """Return what a node binds."""

    @abstractmethod
    def reached_at(self, uuid: UUID, bound: str) -> ClusterEndpoints:
        """Return where others reach it, given what binding its mailbox resolved to."""


@frozen
class LateMedium:
    """A `Medium` that starts later in the background, and so cannot say now whether it works."""

    make: Medium

    def __call__(self, announcement: Announcement, sink: SightingSink, /) -> DiscoverySource:
        """Make a source of sightings."""
        return self.make(announcement, sink)


@frozen
class Surroundings:
    """What media need to know of the node beside its announcement."""

    interfaces: Sequence[str]
    """Names or addresses; empty for every sensible one."""
    sealing: Sealing | None
    """None in an open mesh."""
    mesh: str
    name: str = ""
    replayed: Callable[[str], None] | None = None
    """Told where a recorded announcement came from that was played back."""
    crowd: Callable[[], int] = lambda: 0
    """How many peers there are now."""
    report: Callable[[ClusterEvent], None] = lambda _: None
    """Told of machines and links of a TIPC cluster that come and go."""
