"""Beacons over IPv6 link-local multicast: one socket for all interfaces."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence

from .constants import LONGEST_DATAGRAM
from .routes import Mode, Route
from .udp import OVERRUN, SO_RXQ_OVFL, Datagram, Memberships, attach_filter, bind_shared

__all__ = ["Ipv6Socket"]

_RECVPKTINFO = 49
_PKTINFO_KIND = 50
_PKTINFO = struct.Struct("@16sI")
_MEMBERSHIP = struct.Struct("@16sI")
_ANCILLARY = socket.CMSG_SPACE(_PKTINFO.size) + socket.CMSG_SPACE(OVERRUN.size)


class Ipv6Socket:
    """A `BeaconSocket` for `Mode.MULTICAST_V6`.

    Args:
        port: where beacons go.
        own: bind a free port instead, to send from and be answered at.
    """

    def __init__(self, port: int, *, own: bool = False) -> None:
        self.overrun = 0
        self._port = port
        self._socket = bind_shared(
            socket.AF_INET6,
            0 if own else port,
            [(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY), (socket.IPPROTO_IPV6, _RECVPKTINFO)],
        )
        self._memberships = Memberships(
            self._socket, socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.IPV6_LEAVE_GROUP
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

        attach_filter(self._socket, filter_of(sources, 6) if sources else b"")

    def listen(self, routes: Iterable[Route]) -> None:
        """Join the groups of these routes, leave all others.

        Raises:
            OSError: the kernel refused one; the others are joined.
        """
        self._memberships.update(
            _MEMBERSHIP.pack(socket.inet_pton(socket.AF_INET6, route.destination), route.interface.index)
            for route in routes
            if route.mode is Mode.MULTICAST_V6
        )

    def send(self, datagram: bytes, route: Route) -> None:
        """Send to everybody on a route.

        Raises:
            OSError: the kernel refused; the next one may pass.
        """
        interface = route.interface
        where = _PKTINFO.pack(socket.inet_pton(socket.AF_INET6, interface.address), interface.index)
        self._socket.sendmsg(
            [datagram],
            [(socket.IPPROTO_IPV6, _PKTINFO_KIND, where)],
            0,
            (route.destination, self._port, 0, interface.index),
        )

    def send_to(self, datagram: bytes, host: str, port: int, index: int) -> None:
        """Send to one program, by the interface with this number.

        Raises:
            OSError: the kernel refused.
        """
        self._socket.sendto(datagram, (host, port, 0, index))

    def receive(self) -> Datagram | None:
        """Return the next datagram, or None when there is none now."""
        try:
            data, ancillary, _, address = self._socket.recvmsg(LONGEST_DATAGRAM, _ANCILLARY)
        except BlockingIOError:
            return None
        index = 0
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_RXQ_OVFL and len(content) >= OVERRUN.size:
                (self.overrun,) = OVERRUN.unpack_from(content)
            elif level == socket.IPPROTO_IPV6 and kind == _PKTINFO_KIND and len(content) >= _PKTINFO.size:
                index = _PKTINFO.unpack_from(content)[1]
        return Datagram(data, (address[0].partition("%")[0], address[1]), index, Mode.MULTICAST_V6)
