"""TIPC discovery at work on asyncio: one datagram socket, one topology client, one timer."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from math import inf
from types import TracebackType
from typing import Self

from covey.errors import ResourceError
from covey.transports.tipc.address import SocketAddress, format_node, from_tuple
from covey.transports.tipc.sockets import open_socket, own_node
from covey.transports.tipc.topology import (
    LinkDown,
    LinkUp,
    NodeDown,
    NodeUp,
    ServicePublished,
    ServiceWithdrawn,
    TopologyEvent,
)
from covey.transports.tipc.watcher import TopologyClient

from ..beacon.codec import OpenBeacons
from ..beacon.codec_protocol import BeaconCodec
from ..sighting import Announcement, SightingSink
from .core import TipcCore
from .names import MeshNames
from .statistics import TipcStatistics

__all__ = ["TipcSource"]

_MAX_DATAGRAM = 1024
"""Longer ones are cut, and then not understood; introductions have some hundred octets."""
_READS_PER_TURN = 64

_logger = logging.getLogger(__name__)


class TipcSource:
    """A `DiscoverySource` that publishes a service of its node, and watches for others'.

    Leaving the context, like the death of the process, withdraws the service at once on all nodes.

    Args:
        announcement: what to say.
        sink: takes the sightings.
        names: of the mesh's services.
        codec: of introductions; open ZRE beacons unless given, sealed ones in a secret mesh.
        watch: told of other nodes, and links to them, that go up and down; those that are up first.

    Raises:
        ResourceError: on entering: the kernel has no TIPC, or refuses.
    """

    def __init__(
        self,
        announcement: Announcement,
        sink: SightingSink,
        *,
        names: MeshNames,
        codec: BeaconCodec | None = None,
        watch: Callable[[TopologyEvent], None] | None = None,
    ) -> None:
        self._announcement = announcement
        self._sink = sink
        self._names = names
        self._watch = watch
        self._core = TipcCore(announcement, codec or OpenBeacons(), names)
        self._topology = TopologyClient(self._happened, self._lost)
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Publish our service and ask for those of others."""
        self._loop = asyncio.get_running_loop()
        self._socket = self._bind()
        try:
            self._core.start(from_tuple(self._socket.getsockname()))
            self._loop.add_reader(self._socket, self._read)
            await self._topology.__aenter__()
            self._topology.subscribe(self._names.base)
            self._topology.subscribe_nodes()
            self._topology.subscribe_links()
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Withdraw our service and stop."""
        self._close()

    def statistics(self) -> TipcStatistics:
        """Return the counters."""
        return self._core.statistics()

    def _bind(self) -> socket.socket:
        sock = open_socket(socket.SOCK_RDM)
        address = self._names.announced(self._announcement.uuid)
        try:
            sock.bind(address.to_tuple())
        except OSError as error:
            sock.close()
            raise ResourceError(str(address), error.strerror or str(error), error.errno) from error
        return sock

    def _close(self) -> None:
        self._topology.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _happened(self, event: TopologyEvent) -> None:
        match event:
            case ServicePublished(lower=instance, socket=sender):
                self._core.published(sender, instance, self._loop.time())
            case ServiceWithdrawn(socket=sender):
                self._core.withdrawn(sender)
            case NodeUp(node=node) | NodeDown(node=node) | LinkUp(node=node) | LinkDown(node=node):
                self._node_changed(event, node)
        self._transmit()

    def _node_changed(self, event: TopologyEvent, node: int) -> None:
        if self._socket is None or node == own_node(self._socket):
            return
        if isinstance(event, NodeUp):
            self._core.node_up(node)
        elif isinstance(event, NodeDown):
            self._core.node_down(node)
        _logger.info("tipc: %s %s", type(event).__name__, format_node(node))
        if self._watch is not None:
            self._watch(event)

    def _lost(self, error: OSError) -> None:
        _logger.warning("tipc: the topology service ended, nobody is discovered through it now: %s", error)

    def _read(self) -> None:
        for _ in range(_READS_PER_TURN):
            if self._socket is None:
                return
            try:
                data, sender = self._socket.recvfrom(_MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                _logger.warning("tipc: reading introductions: %s", error)
                break
            # Our own come back empty when nobody is there to take them.
            if data:
                self._core.receive_datagram(data, from_tuple(sender), self._loop.time())
        self._transmit()

    def _send(self, datagram: bytes, receiver: SocketAddress) -> None:
        assert self._socket is not None
        try:
            self._socket.sendto(datagram, receiver.to_tuple())
        except OSError as error:  # gone meanwhile, or congested: the core repeats what is not answered
            _logger.debug("tipc: introduction to %s: %s", receiver, error)

    def _due(self) -> None:
        self._timer = None
        self._core.handle_timeout(self._loop.time())
        self._transmit()

    def _transmit(self) -> None:
        """Send what is to be sent, report what is to be reported, and set the timer."""
        while self._socket is not None and (outgoing := self._core.next_datagram()) is not None:
            self._send(*outgoing)
        while (sighting := self._core.next_sighting()) is not None:
            self._sink(sighting)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._core.next_timeout()
        if deadline < inf and self._socket is not None:
            self._timer = self._loop.call_at(deadline, self._due)
