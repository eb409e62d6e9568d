"""How a node is announced and found in a TIPC cluster, where it needs no IP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.discovery.tipc import MeshNames, TipcSource
from covey.transports.tipc.address import SocketAddress, parse

from .media import ListeningMedium
from .zre.own import ClusterEndpoints

if TYPE_CHECKING:
    from .sealing import Sealing

__all__ = ["Cluster"]


class Cluster(ListeningMedium):
    """The medium of a TIPC cluster. A node that has it listens on the mesh's services there, too."""

    def __init__(self, sealing: Sealing | None, mesh: str) -> None:
        self._names = MeshNames.of(mesh) if sealing is None else sealing.tipc_names()
        self._sealing = sealing

    def __call__(self, announcement: Announcement, sink: SightingSink, /) -> DiscoverySource:
        """Return the source, with introductions like the beacons of this mesh: open or sealed."""
        codec = self._sealing.beacons() if self._sealing is not None else None
        return TipcSource(announcement, sink, names=self._names, codec=codec)

    def places(self, uuid: UUID) -> ClusterEndpoints:
        """Return the services that a node binds."""
        return ClusterEndpoints(self._names.mailbox(uuid), self._names.topics(uuid))

    def reached_at(self, uuid: UUID, bound: str) -> ClusterEndpoints:
        """Return the same services on the TIPC node that was bound on."""
        address = parse(bound)
        node = address.node if isinstance(address, SocketAddress) else 0
        return ClusterEndpoints(self._names.mailbox(uuid, node), self._names.topics(uuid, node))
