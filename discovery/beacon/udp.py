"""What the UDP sockets of both families share."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterable
from typing import Protocol

from covey.errors import ResourceError

from .routes import Mode, Route

__all__ = ["BeaconSocket", "Datagram", "OVERRUN", "SO_RXQ_OVFL", "bind_shared"]

SO_RXQ_OVFL = 40
"""Linux: tell with a datagram how many were dropped so far (asm-generic/socket.h); a native 32-bit number."""
OVERRUN = struct.Struct("@I")
_RECEIVE_BUFFER = 1 << 20
"""Octets asked for: beacons of hundreds of nodes that start together arrive within milliseconds."""


class Datagram:
    """A datagram as it came.

    Attributes:
        data: at most `LONGEST_DATAGRAM` octets.
        source: numeric address, without zone.
        port: of the sender.
        index: the interface it arrived on; 0 when the kernel did not say.
        mode: how it was addressed.
    """

    __slots__ = ("data", "index", "mode", "port", "source")

    def __init__(self, data: bytes, source: tuple[str, int], index: int, mode: Mode) -> None:
        self.data = data
        self.source, self.port = source
        self.index = index
        self.mode = mode


class BeaconSocket(Protocol):
    """A non-blocking UDP socket that reaches everybody on chosen interfaces and hears all.

    Attributes:
        overrun: datagrams that came while the buffer was full, as far as the kernel said so by now.
    """

    overrun: int

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        ...

    def close(self) -> None:
        """Close the socket."""
        ...

    def listen(self, routes: Iterable[Route]) -> None:
        """Join the groups of these routes, leave all others.

        Raises:
            OSError: the kernel refused one; the others are joined.
        """
        ...

    def send(self, datagram: bytes, route: Route) -> None:
        """Send to everybody on a route.

        Raises:
            OSError: the kernel refused; the next one may pass.
        """
        ...

    def send_to(self, datagram: bytes, host: str, port: int, index: int) -> None:
        """Send to one program, by the interface with this number.

        Raises:
            OSError: the kernel refused.
        """
        ...

    def receive(self) -> Datagram | None:
        """Return the next datagram, or None when there is none now."""
        ...


def bind_shared(family: socket.AddressFamily, port: int, options: Iterable[tuple[int, int]]) -> socket.socket:
    """Return a socket bound to the port on all addresses, sharing it with every program that shares too.

    SO_REUSEADDR and SO_REUSEPORT let any number of nodes (ours, Zyre's, pyre's) hear the same beacons.

    Args:
        family: AF_INET or AF_INET6.
        port: UDP port; 0 for a free one, which is not shared.
        options: (level, name) of further options to switch on.

    Raises:
        ResourceError: the port is held by a program that does not share it, or is not permitted.
    """
    udp = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        shared = (socket.SO_REUSEADDR, socket.SO_REUSEPORT) if port else ()
        for name in (*shared, socket.SO_BROADCAST):
            udp.setsockopt(socket.SOL_SOCKET, name, 1)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        for level, name in ((socket.SOL_SOCKET, SO_RXQ_OVFL), *options):
            udp.setsockopt(level, name, 1)
        udp.bind(("", port))
    except OSError as error:
        udp.close()
        raise ResourceError(f"UDP port {port}", _why(error), error.errno) from error
    return udp


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "in use by a program that does not share it; stop that program or choose another port"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "not permitted to this user; choose a port above 1023"
    return error.strerror or str(error)
