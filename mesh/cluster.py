"""How a node is announced and found in a TIPC cluster, where it needs no IP."""

from __future__ import annotations

import time
from uuid import UUID

from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.discovery.tipc import MeshNames, TipcSource
from covey.security.secret import Secret
from covey.transports.tipc.address import SocketAddress, parse

from .medium import ListeningMedium
from .zre.own import ClusterEndpoints

__all__ = ["Cluster"]


class Cluster(ListeningMedium):
    """The medium of a TIPC cluster. A node that has it listens on the mesh's services there, too."""

    def __init__(self, secret: Secret | None, mesh: str) -> None:
        self._names = MeshNames.of(mesh, secret)
        self._secret = secret
        self._mesh = mesh

    def __call__(self, announcement: Announcement, sink: SightingSink, /) -> DiscoverySource:
        """Return the source, with introductions like the beacons of this mesh: open or sealed."""
        if self._secret is None:
            return TipcSource(announcement, sink, names=self._names)
        from covey.discovery.beacon.sealed import SealedBeacons
        from covey.security.beacon_seal import BeaconSealer

        codec = SealedBeacons(BeaconSealer(self._secret, self._mesh), time.time_ns() // 1000)
        return TipcSource(announcement, sink, names=self._names, codec=codec)

    def places(self, uuid: UUID) -> ClusterEndpoints:
        """Return the services that a node binds."""
        return ClusterEndpoints(self._names.mailbox(uuid), self._names.topics(uuid))

    def reached_at(self, uuid: UUID, bound: str) -> ClusterEndpoints:
        """Return the same services on the TIPC node that was bound on."""
        address = parse(bound)
        node = address.node if isinstance(address, SocketAddress) else 0
        return ClusterEndpoints(self._names.mailbox(uuid, node), self._names.topics(uuid, node))
