"""How a node is announced and found in a TIPC cluster, where it needs no IP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.discovery.tipc import MeshNames, TipcSource
from covey.transports.tipc.address import SocketAddress, format_node, parse
from covey.transports.tipc.names import link_name, node_identity
from covey.transports.tipc.topology import LinkDown, LinkUp, NodeDown, NodeUp, TopologyEvent

from . import cluster_events as events
from .medium import ListeningMedium
from .zre.own import ClusterEndpoints

if TYPE_CHECKING:
    from .sealing import Sealing

__all__ = ["Cluster"]


class Cluster(ListeningMedium):
    """The medium of a TIPC cluster. A node that has it listens on the mesh's services there, too.

    Args:
        sealing: of the mesh; None for an open one.
        mesh: its name.
        report: told of machines and links that come and go.
    """

    def __init__(
        self, sealing: Sealing | None, mesh: str, report: Callable[[events.ClusterEvent], None]
    ) -> None:
        self._names = MeshNames.of(mesh) if sealing is None else sealing.tipc_names()
        self._sealing = sealing
        self._report = report

    def __call__(self, announcement: Announcement, sink: SightingSink, /) -> DiscoverySource:
        """Return the source, with introductions like the beacons of this mesh: open or sealed."""
        codec = self._sealing.beacons() if self._sealing is not None else None
        return TipcSource(announcement, sink, names=self._names, codec=codec, watch=self._happened)

    def places(self, uuid: UUID) -> ClusterEndpoints:
        """Return the services that a node binds."""
        return ClusterEndpoints(self._names.mailbox(uuid), self._names.topics(uuid))

    def reached_at(self, uuid: UUID, bound: str) -> ClusterEndpoints:
        """Return the same services on the TIPC node that was bound on."""
        address = parse(bound)
        node = address.node if isinstance(address, SocketAddress) else 0
        return ClusterEndpoints(self._names.mailbox(uuid, node), self._names.topics(uuid, node))

    def _happened(self, event: TopologyEvent) -> None:
        match event:
            case NodeUp(node=node):
                self._report(events.NodeUp(format_node(node), node_identity(node)))
            case NodeDown(node=node):
                self._report(events.NodeDown(format_node(node), node_identity(node)))
            case LinkUp(node=node, bearer=bearer):
                name = link_name(node, bearer)
                self._report(events.LinkUp(format_node(node), node_identity(node), name))
            case LinkDown(node=node, bearer=bearer):
                name = link_name(node, bearer)
                self._report(events.LinkDown(format_node(node), node_identity(node), name))
