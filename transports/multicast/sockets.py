"""The kernel's sockets for multicast, with the options that PGM needs.

A receiver binds to the group's own address, so that traffic of other groups on the port, and NAKs meant for a sender
on this machine, do not land in it. A sender has a second socket on its own unicast address for NAKs: the kernel
prefers it to the wildcard sockets that other programs (libzmq's) have on the port. All set SO_REUSEPORT, as
libzmq's do.
"""

from __future__ import annotations

import errno
import socket
import struct
from typing import Final

from covey.errors import ResourceError
from covey.values import frozen

from .interface import MulticastInterface

__all__ = [
    "IP_PROTOCOL_PGM",
    "SocketOptions",
    "open_feedback_socket",
    "open_group_socket",
    "open_sending_socket",
    "open_upstream_socket",
    "set_multicast",
]

IP_PROTOCOL_PGM: Final = 113
_IP_MULTICAST_ALL: Final = 49
_IPV6_MULTICAST_ALL: Final = 29
_SO_RCVBUFFORCE: Final = 33
_WANTED_RECEIVE_BUFFER: Final = 4 * 1024 * 1024
_RAW_HINT: Final = (
    "raw IP sockets need CAP_NET_RAW: run as root, grant it (setcap cap_net_raw+ep on the interpreter), "
    "or use epgm://, which needs no privilege"
)


@frozen
class SocketOptions:
    """What a user may set; -1 leaves the choice to us."""

    hops: int = 1
    """Routers that packets may pass, plus one."""
    loop: bool = True
    """Whether receivers on this machine hear us too."""
    sndbuf: int = -1
    rcvbuf: int = -1
    tos: int = 0


def _open(endpoint: str, interface: MulticastInterface, *, raw: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in interface.address else socket.AF_INET
    try:
        if raw:
            sock = socket.socket(family, socket.SOCK_RAW, IP_PROTOCOL_PGM)
        else:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except PermissionError as error:
        raise ResourceError(endpoint, _RAW_HINT, error.errno) from error
    except OSError as error:
        raise ResourceError(endpoint, error.strerror or str(error), error.errno) from error
    sock.setblocking(False)
    return sock


def _where(
    interface: MulticastInterface, address: str, port: int
) -> tuple[str, int] | tuple[str, int, int, int]:
    if ":" not in address:
        return (address, port)
    return (address.partition("%")[0], port, 0, interface.index)


def _bind(endpoint: str, sock: socket.socket, interface: MulticastInterface, address: str, port: int) -> None:
    try:
        sock.bind(_where(interface, address, port))
    except OSError as error:
        sock.close()
        reason = error.strerror or str(error)
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} is in use by a program that does not share it, or that another user runs"
        raise ResourceError(endpoint, reason, error.errno) from error


def set_multicast(
    sock: socket.socket, interface: MulticastInterface | None, hops: int, *, loop: bool, tos: int
) -> None:
    """Say how multicast leaves a socket; without an interface the route decides."""
    if sock.family == socket.AF_INET6:
        if interface is not None:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface.index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, int(loop))
        if tos:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
        return
    if interface is not None:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _request(interface))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, int(loop))
    if tos:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)


def _request(interface: MulticastInterface, group: str = "0.0.0.0") -> bytes:
    """Return a `struct ip_mreqn`."""
    return socket.inet_aton(group) + interface.packed + struct.pack("@i", interface.index)


def open_sending_socket(
    endpoint: str, interface: MulticastInterface, group: str, port: int, options: SocketOptions, *, raw: bool
) -> socket.socket:
    """Return a socket connected to the group.

    Raises:
        ResourceError: the system refuses.
    """
    sock = _open(endpoint, interface, raw=raw)
    _bind(endpoint, sock, interface, interface.address, 0)
    try:
        set_multicast(sock, interface, options.hops, loop=options.loop, tos=options.tos)
        if options.sndbuf >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.sndbuf)
        sock.connect(_where(interface, group, 0 if raw else port))
    except OSError as error:
        sock.close()
        raise ResourceError(endpoint, error.strerror or str(error), error.errno) from error
    return sock


def open_feedback_socket(
    endpoint: str, interface: MulticastInterface, port: int, options: SocketOptions, *, raw: bool
) -> socket.socket:
    """Return the socket on which a sender hears NAKs.

    Raises:
        ResourceError: the system refuses.
    """
    sock = _open(endpoint, interface, raw=raw)
    _bind(endpoint, sock, interface, interface.address, 0 if raw else port)
    _set_receive_buffer(sock, options.rcvbuf)
    return sock


def open_upstream_socket(endpoint: str, interface: MulticastInterface, *, raw: bool) -> socket.socket:
    """Return the socket by which a receiver talks to senders, and to the group one hop far.

    Raises:
        ResourceError: the system refuses.
    """
    sock = _open(endpoint, interface, raw=raw)
    _bind(endpoint, sock, interface, interface.address, 0)
    set_multicast(sock, interface, 1, loop=True, tos=0)
    return sock


def open_group_socket(
    endpoint: str, interface: MulticastInterface, group: str, port: int, options: SocketOptions, *, raw: bool
) -> socket.socket:
    """Return a socket that hears the group on the interface, and nothing else.

    Raises:
        ResourceError: the system refuses.
    """
    sock = _open(endpoint, interface, raw=raw)
    _bind(endpoint, sock, interface, group, 0 if raw else port)
    try:
        _set_receive_buffer(sock, options.rcvbuf)
        _join(sock, interface, group)
    except OSError as error:
        sock.close()
        raise ResourceError(endpoint, error.strerror or str(error), error.errno) from error
    return sock


def _join(sock: socket.socket, interface: MulticastInterface, group: str) -> None:
    if sock.family == socket.AF_INET6:
        packed = socket.inet_pton(socket.AF_INET6, group)
        sock.setsockopt(
            socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, packed + struct.pack("@i", interface.index)
        )
        _try_option(sock, socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
        return
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, _request(interface, group))
    _try_option(sock, socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)


def _try_option(sock: socket.socket, level: int, option: int, value: int) -> bool:
    try:
        sock.setsockopt(level, option, value)
    except OSError:
        return False
    return True


def _set_receive_buffer(sock: socket.socket, size: int) -> None:
    """Take what was asked for, else as much as is useful; the system's limit holds unless we may pass it."""
    wanted = size if size >= 0 else _WANTED_RECEIVE_BUFFER
    if not _try_option(sock, socket.SOL_SOCKET, _SO_RCVBUFFORCE, wanted):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
