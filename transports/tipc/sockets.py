"""Sockets of the TIPC family: opened, bound and connected without ever blocking the loop.

Connecting ends when the other side *accepts*: a listener that is slow to accept holds its clients back.
A connection's end is told by the kernel: at once when the peer's process or socket is gone, within the link
tolerance (1.5 s unless set) when its node is. It reads as a reset rather than as an end of file, after all
that was sent has been read.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import select
import socket
import sys
import threading
from struct import Struct
from typing import Any

from covey.errors import ResourceError

from .address import ADDR_SERVICE, Ephemeral, Scope, ServiceAddress, ServiceRange, SocketAddress, from_tuple
from .presence import ABSENT_MESSAGE

__all__ = ["TipcSocket", "connect", "listen", "open_socket", "own_node"]

# sockaddr_tipc of linux/tipc.h for a service address: family, kind, scope, type, instance, domain
_SERVICE_SOCKADDR = Struct("=HBbIII")


class TipcSocket(socket.socket):
    """A socket whose closing never waits.

    The kernel lets `close` of a congested connection wait until its peer has read, for up to eight seconds.
    """

    __slots__ = ()

    def accept(self) -> tuple[TipcSocket, Any]:
        """Return a connection of this class, blocking, and the peer's address."""
        plain, address = super().accept()
        return TipcSocket(self.family, self.type, self.proto, fileno=plain.detach()), address

    def close(self) -> None:
        """Close; in a thread if the kernel wants to wait."""
        if self._is_congested():
            threading.Thread(target=os.close, args=(self.detach(),), name="close tipc", daemon=True).start()
        else:
            super().close()

    def _is_congested(self) -> bool:
        if self.fileno() < 0:
            return False
        try:
            self.getpeername()
        except OSError:
            return False
        poll = select.poll()
        poll.register(self, select.POLLOUT)
        return not poll.poll(0)


def open_socket(kind: int = socket.SOCK_STREAM) -> TipcSocket:
    """Return a non-blocking TIPC socket.

    Raises:
        ResourceError: the kernel has no TIPC, or no more sockets.
    """
    family = getattr(socket, "AF_TIPC", None)
    if family is None:
        raise ResourceError("TIPC", "this system has no such sockets; they are Linux's", errno.EAFNOSUPPORT)
    try:
        return TipcSocket(family, kind | socket.SOCK_NONBLOCK)
    except OSError as error:
        reason = ABSENT_MESSAGE if error.errno == errno.EAFNOSUPPORT else os.strerror(error.errno or 0)
        raise ResourceError("TIPC", reason, error.errno) from error


def own_node(sock: socket.socket) -> int:
    """Return the 32-bit address of the node that a socket belongs to; 0 outside of clusters."""
    return from_tuple(sock.getsockname()).node


def listen(address: ServiceRange | Ephemeral, backlog: int) -> tuple[TipcSocket, SocketAddress]:
    """Return a listening stream socket and the address that it can be connected at, besides its service.

    Raises:
        ResourceError: the kernel has no TIPC or refuses the address.
    """
    sock = open_socket()
    try:
        if isinstance(address, ServiceRange):
            sock.bind(address.to_tuple())
        sock.listen(backlog)
        return sock, from_tuple(sock.getsockname())
    except OSError as error:
        sock.close()
        raise ResourceError(str(address), os.strerror(error.errno or 0), error.errno) from error


async def connect(address: ServiceAddress | SocketAddress, kind: int = socket.SOCK_STREAM) -> TipcSocket:
    """Return a connected socket once the other side has accepted.

    Cancel: the attempt is given up and its socket closed.

    Raises:
        ResourceError: the kernel has no TIPC.
        OSError: nobody is bound to that service (EHOSTUNREACH), or nobody listens there (ECONNREFUSED).
    """
    sock = open_socket(kind)
    try:
        error = _start_connecting(sock, address)
        if error == errno.EINPROGRESS:
            await _wait_writable(sock)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error), str(address))
        return sock
    except BaseException:
        sock.close()
        raise


def _start_connecting(sock: socket.socket, address: ServiceAddress | SocketAddress) -> int:
    """Return the errno of a connect that does not wait."""
    if not isinstance(address, ServiceAddress):
        return sock.connect_ex(address.to_tuple())
    domain = own_node(sock) if address.scope is Scope.NODE else address.domain
    if domain == 0:
        return sock.connect_ex(address.to_tuple())
    family = socket.AF_TIPC if sys.platform == "linux" else 0
    raw = _SERVICE_SOCKADDR.pack(family, ADDR_SERVICE, 0, address.type, address.instance, domain)
    libc = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if libc.connect(sock.fileno(), raw, len(raw)) else 0


async def _wait_writable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_writer(sock, wake)
    try:
        await ready
    finally:
        loop.remove_writer(sock)
