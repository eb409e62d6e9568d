"""What the UDP sockets of both families share."""

from __future__ import annotations

import errno
import logging
import socket
import struct
from array import array
from collections.abc import Iterable

from covey.errors import ResourceError

from .routes import Mode

__all__ = ["OVERRUN", "SO_RXQ_OVFL", "Datagram", "Memberships", "attach_filter", "bind_shared"]

_logger = logging.getLogger(__name__)

SO_RXQ_OVFL = 40
"""Linux: tell with a datagram how many were dropped so far (asm-generic/socket.h); a native 32-bit number."""
OVERRUN = struct.Struct("@I")
_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
_PROGRAM = struct.Struct("@HP")
"""Linux: `struct sock_fprog`, number of instructions and their address."""
_INSTRUCTION = 8
"""Octets."""
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


def attach_filter(udp: socket.socket, program: bytes) -> None:
    """Have the kernel drop what a classic BPF program drops; an empty one lets everything in again.

    What is queued already stays. A kernel that refuses is left alone: the flood is borne then.
    """
    try:
        if not program:
            udp.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
            return
        code = array("B", program)
        address, length = code.buffer_info()
        udp.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(length // _INSTRUCTION, address))
    except OSError as error:
        _logger.info("beacon: no filter against the flood: %s", error.strerror or error)


class Memberships:
    """Keeps the groups of one socket in step with what is wanted.

    Args:
        udp: the socket.
        level: IPPROTO_IP or IPPROTO_IPV6.
        join: option that joins.
        leave: option that leaves; takes the same structure.
    """

    __slots__ = ("_join", "_joined", "_leave", "_level", "_socket")

    def __init__(self, udp: socket.socket, level: int, join: int, leave: int) -> None:
        self._socket = udp
        self._level = level
        self._join = join
        self._leave = leave
        self._joined: set[bytes] = set()

    def update(self, wanted: Iterable[bytes]) -> None:
        """Leave what is not wanted, join what is; each is a packed `ip_mreqn` or `ipv6_mreq`.

        Raises:
            OSError: the kernel refused a group (often: too many); the others are joined.
        """
        groups = set(wanted)
        for membership in self._joined - groups:
            self._drop(membership)
        refused: OSError | None = None
        for membership in groups - self._joined:
            try:
                self._socket.setsockopt(self._level, self._join, membership)
            except OSError as error:
                refused = error
            else:
                self._joined.add(membership)
        if refused is not None:
            raise refused

    def _drop(self, membership: bytes) -> None:
        self._joined.discard(membership)
        try:
            self._socket.setsockopt(self._level, self._leave, membership)
        except OSError:
            return  # the interface is gone, and the membership with it


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
