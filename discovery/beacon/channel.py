"""The UDP socket of a beacon: one for all interfaces, shared with every other program on the port.

SO_REUSEADDR and SO_REUSEPORT let any number of nodes (ours, Zyre's, pyre's) hear the same broadcasts.
IP_PKTINFO tells the interface of arrival and, when sending, picks interface and source address, so a
change of interfaces needs no new socket.
"""

from __future__ import annotations

import errno
import socket
import struct
from dataclasses import dataclass

from covey.errors import ResourceError

from ..interface_table import Interface
from .constants import LONGEST_DATAGRAM

__all__ = ["BroadcastChannel", "Datagram"]

_IP_PKTINFO = 8
_PKTINFO = struct.Struct("@i4s4s")
_ANCILLARY = socket.CMSG_SPACE(_PKTINFO.size)
_RECEIVE_BUFFER = 1 << 20


@dataclass(slots=True)
class Datagram:
    """A datagram as it came."""

    data: bytes
    source: str
    index: int
    """The interface it arrived on; 0 when the kernel did not say."""


class BroadcastChannel:
    """A non-blocking UDP socket that broadcasts on chosen interfaces and hears all."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = _open(port)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def broadcast(self, datagram: bytes, interface: Interface) -> None:
        """Send to everybody on an interface.

        Raises:
            OSError: the kernel refused; the next one may pass.
        """
        where = _PKTINFO.pack(interface.index, socket.inet_aton(interface.address), bytes(4))
        self._socket.sendmsg(
            [datagram], [(socket.IPPROTO_IP, _IP_PKTINFO, where)], 0, (interface.broadcast, self._port)
        )

    def receive(self) -> Datagram | None:
        """Return the next datagram, or None when there is none now."""
        try:
            data, ancillary, _, address = self._socket.recvmsg(LONGEST_DATAGRAM, _ANCILLARY)
        except BlockingIOError:
            return None
        index = 0
        for level, kind, content in ancillary:
            if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(content) >= _PKTINFO.size:
                index = _PKTINFO.unpack_from(content)[0]
        return Datagram(data, address[0], index)


def _open(port: int) -> socket.socket:
    """Return the bound socket.

    Raises:
        ResourceError: the port is held by a program that does not share it, or is not permitted.
    """
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT, socket.SO_BROADCAST):
            udp.setsockopt(socket.SOL_SOCKET, option, 1)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        udp.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
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
