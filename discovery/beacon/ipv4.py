"""Beacons over IPv4, broadcast and multicast: one socket for all interfaces.

IP_PKTINFO tells the interface of arrival and, when sending, picks interface and source address, so a
change of interfaces needs no new socket.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence

from .constants import LONGEST_DATAGRAM
from .routes import Mode, Route
from .udp import OVERRUN, SO_RXQ_OVFL, Datagram, Memberships, attach_filter, bind_shared

__all__ = ["Ipv4Socket"]

_IP_PKTINFO = 8
_IP_MULTICAST_ALL = 49
"""Linux; on by default: a socket hears the groups that any program of the host joined."""
_PKTINFO = struct.Struct("@i4s4s")
_MEMBERSHIP = struct.Struct("@4s4si")
_ANCILLARY = socket.CMSG_SPACE(_PKTINFO.size) + socket.CMSG_SPACE(OVERRUN.size)
_FIRST_GROUP, _LAST_GROUP = 224, 239


class Ipv4Socket:
    """A `BeaconSocket` for `Mode.BROADCAST` and `Mode.MULTICAST_V4`.

    Args:
        port: where beacons go.
        own: bind a free port instead, to send from and be answered at.
    """

    def __init__(self, port: int, *, own: bool = False) -> None:
        self.overrun = 0
        self._port = port
        self._socket = bind_shared(socket.AF_INET, 0 if own else port, [(socket.IPPROTO_IP, _IP_PKTINFO)])
        self._socket.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        self._memberships = Memberships(
            self._socket, socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.IP_DROP_MEMBERSHIP
        )

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket; the kernel leaves the groups."""
        self._socket.close()

    def shut_out(self, sources: Sequence[str]) -> None:
        """Drop most of what these addresses send; none lets everything in again."""
        from .floodgate import filter_of

        attach_filter(self._socket, filter_of(sources, 4) if sources else b"")

    def listen(self, routes: Iterable[Route]) -> None:
        """Join the groups of these routes, leave all others.

        Raises:
            OSError: the kernel refused one; the others are joined.
        """
        self._memberships.update(
            _MEMBERSHIP.pack(socket.inet_aton(route.destination), bytes(4), route.interface.index)
            for route in routes
            if route.mode is Mode.MULTICAST_V4
        )

    def send(self, datagram: bytes, route: Route) -> None:
        """Send to everybody on a route.

        Raises:
            OSError: the kernel refused; the next one may pass.
        """
        interface = route.interface
        where = _PKTINFO.pack(interface.index, socket.inet_aton(interface.address), bytes(4))
        self._socket.sendmsg(
            [datagram], [(socket.IPPROTO_IP, _IP_PKTINFO, where)], 0, (route.destination, self._port)
        )

    def send_to(self, datagram: bytes, host: str, port: int, index: int) -> None:
        """Send to one program, by the interface with this number.

        Raises:
            OSError: the kernel refused.
        """
        where = _PKTINFO.pack(index, bytes(4), bytes(4))
        self._socket.sendmsg([datagram], [(socket.IPPROTO_IP, _IP_PKTINFO, where)], 0, (host, port))

    def receive(self) -> Datagram | None:
        """Return the next datagram, or None when there is none now."""
        try:
            data, ancillary, _, address = self._socket.recvmsg(LONGEST_DATAGRAM, _ANCILLARY)
        except BlockingIOError:
            return None
        index, mode = 0, Mode.BROADCAST
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_RXQ_OVFL and len(content) >= OVERRUN.size:
                (self.overrun,) = OVERRUN.unpack_from(content)
            elif level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(content) >= _PKTINFO.size:
                index, _, destination = _PKTINFO.unpack_from(content)
                if _FIRST_GROUP <= destination[0] <= _LAST_GROUP:
                    mode = Mode.MULTICAST_V4
        return Datagram(data, address, index, mode)
