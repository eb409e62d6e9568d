"""The topology service's client for asyncio."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self

from covey.errors import ResourceError

from .address import ServiceAddress
from .sockets import connect
from .topology import EVENT_SIZE, Filter, Topology, TopologyEvent

__all__ = ["TopologyClient"]

TOPOLOGY_SERVICE = ServiceAddress(1, 1)
READS_PER_TURN = 64
"""So that a flood of events lets others have the loop."""


class TopologyClient:
    """Tells a sink what happens in the cluster, while its context is entered.

    Args:
        sink: called in the loop's thread with each event; must not raise.
        lost: called once, with the reason, when the kernel ends the connection.
    """

    def __init__(
        self, sink: Callable[[TopologyEvent], None], lost: Callable[[OSError], None] | None = None
    ) -> None:
        self._sink = sink
        self._lost = lost
        self._core = Topology()
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        """Connect to the kernel's service.

        Raises:
            ResourceError: the kernel has no TIPC, or its service refuses.
        """
        try:
            self._socket = await connect(TOPOLOGY_SERVICE, socket.SOCK_SEQPACKET)
        except OSError as error:
            raise ResourceError("TIPC topology service", str(error), error.errno) from error
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        self._write()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all subscriptions."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def subscribe(
        self, service_type: int, lower: int = 0, upper: int = 0xFFFFFFFF, *, filter: Filter = Filter.EVERY
    ) -> int:
        """Ask for ServicePublished and ServiceWithdrawn; return the handle that they carry.

        Raises:
            ResourceError: too many subscriptions.
        """
        handle = self._core.subscribe(service_type, lower, upper, filter=filter)
        self._write()
        return handle

    def subscribe_nodes(self) -> int:
        """Ask for NodeUp and NodeDown."""
        handle = self._core.subscribe_nodes()
        self._write()
        return handle

    def subscribe_links(self) -> int:
        """Ask for LinkUp and LinkDown."""
        handle = self._core.subscribe_links()
        self._write()
        return handle

    def unsubscribe(self, handle: int) -> None:
        """Undo a subscription."""
        self._core.unsubscribe(handle)
        self._write()

    def _write(self) -> None:
        # The kernel takes subscriptions at once: the connection does not leave the node.
        while self._socket is not None and (packet := self._core.next_packet()) is not None:
            try:
                self._socket.send(packet)
            except OSError as error:
                self._fail(error)

    def _read(self) -> None:
        for _ in range(READS_PER_TURN):
            if self._socket is None:
                return
            try:
                packet = self._socket.recv(EVENT_SIZE + 1)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._fail(error)
                return
            if not packet:
                self._fail(ConnectionResetError("the topology service is gone"))
                return
            self._core.receive_packet(packet)
            while (event := self._core.next_event()) is not None:
                self._sink(event)

    def _fail(self, error: OSError) -> None:
        self.close()
        if self._lost is not None:
            self._lost(error)
