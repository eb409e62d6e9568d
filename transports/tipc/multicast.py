"""One datagram to many sockets of the cluster: by communication group, or by service range.

A *communication group* (`tipc://{type,instance}`) loses nothing: each member grants its senders a window, so
that the slowest member sets the pace, and messages of one sender arrive in order. The kernel tells who
joins and leaves before and after their messages. All members must read, senders too: a `TipcMulticast` that
receives nothing for its owner reads and discards.

A *service range* (`tipc://{type,lower,upper}`) is what `udp://` is to a LAN: whoever binds an instance of the
range gets a copy, links lose nothing, but a receiver whose buffer is full misses messages, and nobody
is told.

Source: linux/tipc.h (TIPC_GROUP_JOIN), and the section on group messaging of the TIPC programmer's guide.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from struct import Struct
from typing import Protocol

from covey.errors import EndpointError, ProtocolError, ResourceError
from covey.values import frozen

from .address import (
    SCOPE_CLUSTER,
    SCOPE_NODE,
    Scope,
    ServiceAddress,
    ServiceRange,
    SocketAddress,
    from_tuple,
    parse,
)
from .radio import MAX_DATAGRAM, decode, encode
from .sockets import TipcSocket, open_socket

__all__ = ["MulticastOwner", "MulticastStatistics", "TipcMulticast", "parse_multicast"]

SOL_TIPC = 271
GROUP_JOIN = 135
GROUP_MEMBER_EVENTS = 2
MEMBERSHIP_EVENT = socket.MSG_OOB
MEMBER_LEFT = 0x80  # MSG_EOR, which Python lacks on some systems
READS_PER_TURN = 128
MAX_MEMBERS = 4096

_GROUP_REQUEST = Struct("=4I")  # type, instance, scope, flags

_logger = logging.getLogger(__name__)


class MulticastOwner(Protocol):
    """Who is told what happens. Called in the loop's thread; must not block or raise."""

    def multicast_received(self, group: bytes, body: bytes, sender: SocketAddress) -> None:
        """Take a message."""
        ...

    def multicast_joined(self, member: SocketAddress) -> None:
        """Note a member of the communication group, those that were there first included."""
        ...

    def multicast_left(self, member: SocketAddress) -> None:
        """Note that a member left, died or is out of reach."""
        ...


@frozen
class MulticastStatistics:
    """Counters of one multicast socket, in messages."""

    sent: int = 0
    received: int = 0
    malformed: int = 0
    unheard: int = 0
    """Sent while there was nobody to hear it."""
    waits: int = 0
    """How often sending had to wait for the slowest member."""


def parse_multicast(endpoint: str) -> ServiceAddress | ServiceRange:
    """Read the endpoint of a communication group or of a service range.

    Raises:
        EndpointError: it is neither.
    """
    address = parse(endpoint)
    if isinstance(address, ServiceAddress | ServiceRange):
        return address
    raise EndpointError(endpoint, "multicast goes to a group {type,instance} or a range {type,lower,upper}")


class TipcMulticast:
    """One socket that sends to, and with `receives` also takes from, a group or a range.

    Args:
        address: a `ServiceAddress` joins the communication group of that type as that instance (members may
            share one), a `ServiceRange` sends to or binds the range.
        owner: told what happens.
        receives: whether messages are for the owner; a group's member events always are.
    """

    def __init__(
        self, address: ServiceAddress | ServiceRange, owner: MulticastOwner, *, receives: bool
    ) -> None:
        self.address = address
        self.members: set[SocketAddress] = set()
        """Of the communication group, ourselves excluded."""
        self._owner = owner
        self._receives = receives
        self._buffer = bytearray(MAX_DATAGRAM)
        self._socket: TipcSocket | None = None
        self._paused = False
        self._room: asyncio.Future[None] | None = None
        self._joined = asyncio.Event()
        self._sent = self._received = self._malformed = self._unheard = self._waits = 0

    # -- life

    def open(self) -> None:
        """Join or bind, and begin to listen.

        Raises:
            ResourceError: the kernel has no TIPC, or refuses.
        """
        self._loop = asyncio.get_running_loop()
        sock = open_socket(socket.SOCK_RDM)
        try:
            if isinstance(self.address, ServiceAddress):
                sock.setsockopt(SOL_TIPC, GROUP_JOIN, _group_request(self.address))
            elif self._receives:
                sock.bind(self.address.to_tuple())
        except OSError as error:
            sock.close()
            reason = os.strerror(error.errno or 0)
            raise ResourceError(str(self.address), reason, error.errno) from error
        self._socket = sock
        self._loop.add_reader(sock, self._read)

    def close(self) -> None:
        """Leave at once; whoever waits to send is told that the socket is closed."""
        if self._socket is None:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._socket = None
        self._wake()

    def statistics(self) -> MulticastStatistics:
        """Return the counters."""
        return MulticastStatistics(self._sent, self._received, self._malformed, self._unheard, self._waits)

    async def wait_members(self, count: int) -> None:
        """Wait until the communication group has that many members besides us (see `asyncio.timeout`)."""
        while len(self.members) < count:
            self._joined.clear()
            await self._joined.wait()

    # -- sending

    def send_nowait(self, group: bytes, body: bytes) -> bool:
        """Send to all; False when the slowest member's window, or a link, has no room now.

        Raises:
            OptionError: too large.
            ResourceError: the socket is closed, or the kernel refuses.
        """
        return self._send(encode(group, body))

    async def send(self, group: bytes, body: bytes) -> None:
        """Send to all, waiting for room; several may wait, and go in any order.

        Cancel: nothing was sent.

        Raises:
            OptionError: too large.
            ResourceError: the socket is closed, or the kernel refuses.
        """
        datagram = encode(group, body)
        while not self._send(datagram):
            self._waits += 1
            await self._wait_room()

    def _send(self, datagram: bytes) -> bool:
        if self._socket is None:
            raise ResourceError(str(self.address), "the multicast socket is closed", errno.EBADF)
        try:
            if isinstance(self.address, ServiceAddress):
                self._socket.send(datagram)
            else:
                self._socket.sendto(datagram, self.address.to_tuple())
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            if error.errno != errno.EHOSTUNREACH:
                raise ResourceError(str(self.address), os.strerror(error.errno or 0), error.errno) from error
            self._unheard += 1
        else:
            self._sent += 1
        return True

    async def _wait_room(self) -> None:
        await asyncio.shield(self._room_ahead())

    def _room_ahead(self) -> asyncio.Future[None]:
        """Return what is done when the kernel takes something again, or the socket is closed."""
        assert self._socket is not None
        if self._room is None:
            self._room = self._loop.create_future()
            self._loop.add_writer(self._socket, self._wake)
        return self._room

    def call_when_writable(self, call: Callable[[], None]) -> None:
        """Call back once after `send_nowait` said no: there is room, or the socket was closed."""
        self._waits += 1
        self._room_ahead().add_done_callback(lambda _: call())

    def _wake(self) -> None:
        if self._room is not None:
            if self._socket is not None:
                self._loop.remove_writer(self._socket)
            self._room.set_result(None)
            self._room = None

    # -- receiving

    def pause_reading(self) -> None:
        """Take nothing more until `resume_reading`; a group's senders wait for us then."""
        if not self._paused and self._socket is not None:
            self._paused = True
            self._loop.remove_reader(self._socket)

    def resume_reading(self) -> None:
        """Take messages again."""
        if self._paused and self._socket is not None:
            self._paused = False
            self._loop.add_reader(self._socket, self._read)

    def _read(self) -> None:
        view = memoryview(self._buffer)
        for _ in range(READS_PER_TURN):
            if self._socket is None or self._paused:
                return
            try:
                size, _, flags, sender = self._socket.recvmsg_into([view])
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                _logger.warning("tipc: %s: reading: %s", self.address, error)
                return
            if flags & MEMBERSHIP_EVENT:
                self._membership_changed(from_tuple(sender), left=bool(flags & MEMBER_LEFT))
            elif size and self._receives:
                self._take(view[:size], from_tuple(sender))

    def _take(self, datagram: memoryview, sender: SocketAddress) -> None:
        try:
            group, body = decode(datagram)
        except ProtocolError:
            self._malformed += 1
            return
        self._received += 1
        self._owner.multicast_received(group, body, sender)

    def _membership_changed(self, member: SocketAddress, *, left: bool) -> None:
        if left:
            self.members.discard(member)
            self._wake()  # it may have been the slow one
            self._owner.multicast_left(member)
        else:
            if len(self.members) < MAX_MEMBERS:
                self.members.add(member)
            self._joined.set()
            self._owner.multicast_joined(member)


def _group_request(address: ServiceAddress) -> bytes:
    scope = SCOPE_NODE if address.scope is Scope.NODE else SCOPE_CLUSTER
    return _GROUP_REQUEST.pack(address.type, address.instance, scope, GROUP_MEMBER_EVENTS)
