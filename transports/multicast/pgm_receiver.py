"""A receiver of PGM on asyncio. Implements `Link` for the receiving side."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

from covey.errors import ResourceError
from covey.transports.link import LinkOwner, Message
from covey.transports.memory import keep_freed_memory
from covey.transports.pgm.events import Delivered, Event
from covey.transports.pgm.receiver import Receiver
from covey.transports.pgm.statistics import ReceiverStatistics
from covey.transports.zmtp.events import PeerProperties

from .batch import DatagramBatch
from .endpoint import MulticastEndpoint
from .offload import age_of, enable_gro, enable_stamps, receive
from .raw import strip_ip
from .settings import MulticastOptions, receiver_settings
from .sockets import open_group_socket, open_upstream_socket
from .timer import Alarm

__all__ = ["PgmReceiverLink"]

_READS_PER_TURN: Final = 256
_ROUTES: Final = 8
"""Ports that requests are sent from, at most (see `Upstream.route`)."""
_OCTETS_PER_TURN: Final = 1 << 20


class PgmReceiverLink:
    """Hears every sender of an endpoint's groups; ready from the start, for there is no handshake.

    Args:
        endpoint: what to listen to.
        options: of the user.
        owner: takes the messages.
        report: told of sources that come and go, and of losses.

    Raises:
        ResourceError: the system refuses a socket.
    """

    def __init__(
        self,
        endpoint: MulticastEndpoint,
        options: MulticastOptions,
        owner: LinkOwner,
        report: Callable[[Event], None] | None = None,
    ) -> None:
        keep_freed_memory()
        self.endpoint = endpoint
        self._owner = owner
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._upstream = [open_upstream_socket(endpoint.text, endpoint.interface, raw=endpoint.raw)]
        self._most_routes = _ROUTES
        self._sockets: list[socket.socket] = []
        try:
            for group in dict.fromkeys(endpoint.address.groups):
                self._sockets.append(
                    open_group_socket(
                        endpoint.text,
                        endpoint.interface,
                        group,
                        endpoint.address.port,
                        options.socket_options(),
                        raw=endpoint.raw,
                    )
                )
        except BaseException:
            self._close_sockets()
            raise
        for sock in self._sockets:
            enable_stamps(sock)
            if not endpoint.raw:
                enable_gro(sock)
        buffer = self._sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        self._core = Receiver(
            endpoint.address.port, endpoint.send_group, receiver_settings(options, buffer), os.urandom
        )
        self._alarm = Alarm(self._loop, self._on_time)
        self._strips_ip = endpoint.raw and not endpoint.address.is_ipv6
        self._paused = False
        self._closed = False
        self._lag = 0.0
        """Age of what was read last when more waited to be read; 0.0 when all was read."""

    def start(self) -> None:
        """Listen, and tell the owner so."""
        self._set_readers()
        where = self.address.partition("://")[2]
        properties = PeerProperties("", b"", "NULL", "", 0, {}, where, everybody=True)
        self._owner.link_ready(self, properties)

    def _set_readers(self) -> None:
        for sock in self._sockets:
            self._loop.add_reader(sock.fileno(), self._on_readable, sock)

    # --- Link ----------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """The endpoint in canonical form."""
        return self.endpoint.text

    @property
    def in_flight(self) -> int:
        """Nothing: a receiver sends no messages."""
        return 0

    def transmit(self, outbox: deque[Message]) -> None:
        """Drop what is written: nothing goes upstream but requests."""
        outbox.clear()

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        """Do nothing: over PGM everybody gets everything and filters by himself."""

    def pause_reading(self) -> None:
        """Leave packets in the kernel's buffer; senders of ours feel it as back-pressure."""
        if not self._paused and not self._closed:
            self._paused = True
            for sock in self._sockets:
                self._loop.remove_reader(sock.fileno())

    def resume_reading(self) -> None:
        """Read again."""
        if self._paused and not self._closed:
            self._paused = False
            self._set_readers()

    def take_back(self) -> list[Message]:
        """Return nothing."""
        return []

    def close(self) -> None:
        """Tell senders that wait for us not to, and close."""
        if not self._closed:
            self._core.close()
            self._send_upstream()
            self._close_sockets()

    async def finish(self) -> None:
        """Close; there is nothing to wait for."""
        self.close()

    def _close_sockets(self) -> None:
        self._closed = True
        for sock in self._sockets:
            self._loop.remove_reader(sock.fileno())
            sock.close()
        for sock in self._upstream:
            sock.close()
        if hasattr(self, "_alarm"):
            self._alarm.cancel()

    def statistics(self) -> ReceiverStatistics:
        """Return the counters."""
        return self._core.statistics()

    # --- work ----------------------------------------------------------------------------------------------

    def _on_readable(self, sock: socket.socket) -> None:
        core, now, batch = self._core, self._loop.time(), DatagramBatch()
        octets, stamp = 0, b""
        for _ in range(_READS_PER_TURN):
            try:
                data, segment, source, stamp = receive(sock)
            except OSError:
                stamp = b""
                break
            if self._strips_ip:
                data = strip_ip(data)
            if not batch.takes(data, segment, source):
                core.receive_datagram(*batch.parts(), now, batch.segment)
                batch = DatagramBatch()
                batch.takes(data, segment, source)
            octets += len(data)
            if octets >= _OCTETS_PER_TURN:
                break
        if batch:
            core.receive_datagram(*batch.parts(), now, batch.segment)
        self._lag = age_of(stamp)
        self._settle()

    def _on_time(self) -> None:
        self._settle()

    def _settle(self) -> None:
        """Let the core do what is due, and pass on what it says."""
        core, now = self._core, self._loop.time()
        timer = core.next_timer()
        if timer is not None and timer <= now:
            core.handle_timer(now, self._lag)
        self._send_upstream()
        while (event := core.next_event()) is not None and not self._closed:
            if type(event) is Delivered:
                self._owner.link_messages(self, event.messages)
            elif self._report is not None:
                self._report(event)
        if self._closed:
            return
        self._alarm.set(core.next_timer())
        if not self._paused and self._owner.link_room() <= 0:
            self.pause_reading()

    def _send_upstream(self) -> None:
        address, interface = self.endpoint.address, self.endpoint.interface
        port = 0 if self.endpoint.raw else address.port
        for upstream in self._core.datagrams_to_send():
            host = upstream.destination or address.send_group
            where = (host.partition("%")[0], port, 0, interface.index) if ":" in host else (host, port)
            try:
                self._route(upstream.route).sendto(upstream.data, where)
            except OSError:
                # as good as lost on the way: the core asks again
                continue

    def _route(self, number: int) -> socket.socket:
        """Return the socket of a route; further ones are opened when they are first needed, as far as possible."""
        index, known = number % self._most_routes, self._upstream
        if index >= len(known):
            endpoint = self.endpoint
            try:
                known.append(open_upstream_socket(endpoint.text, endpoint.interface, raw=endpoint.raw))
            except ResourceError:
                # a request by a route that was tried is better than none
                self._most_routes = len(known)
            index = len(known) - 1
        return known[index]
