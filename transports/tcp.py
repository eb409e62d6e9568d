"""`tcp://`: addresses, listening and connecting. The bytes are `stream.StreamLink`'s."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable

from covey.endpoint import TcpAddress, parse_tcp
from covey.errors import EndpointError, ResourceError

from .stream_transport import ListeningSocket, StreamOptions

__all__ = ["TcpTransport"]

_AddressInfo = tuple[socket.AddressFamily, tuple[object, ...]]


class TcpTransport:
    """The scheme `tcp`. Implements `StreamTransport`."""

    def check(self, endpoint: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form."""
        address = parse_tcp(endpoint, for_bind=for_bind)
        return f"tcp://{address.source};{address}" if address.source else f"tcp://{address}"

    async def listen(self, endpoint: str, options: StreamOptions) -> list[ListeningSocket]:
        """Bind and listen on a host, an interface's name or every interface."""
        address = parse_tcp(endpoint, for_bind=True)
        family, where = await _resolve_local(endpoint, address, options)
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address.host == "*" else 1)
            _set_common(sock, options)
            sock.bind(where)
            sock.listen(options.backlog)
        except OSError as error:
            sock.close()
            raise ResourceError(endpoint, _explain(error), error.errno) from error
        port = sock.getsockname()[1]
        host = address.host
        if host == "*":
            host = "::" if family == socket.AF_INET6 else "0.0.0.0"
        elif not _is_numeric(host):
            host = str(where[0])
        return [ListeningSocket(sock, f"tcp://{TcpAddress(host, port)}")]

    async def dial(self, endpoint: str, options: StreamOptions) -> socket.socket:
        """Try every address that the host has, one after the other."""
        address = parse_tcp(endpoint, for_bind=False)
        last: OSError | None = None
        for family, where in await _resolve_remote(address, options):
            try:
                return await _connect(family, where, address.source, options)
            except OSError as error:
                last = error
        raise last if last is not None else OSError(f"{address.host} has no address")

    def prepare(self, sock: socket.socket, options: StreamOptions) -> None:
        """Set no-delay, keep-alive and the rest."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _set_common(sock, options)
        _set_tcp(sock, options)

    def peer_address(self, sock: socket.socket) -> str:
        """Return `host:port`, an IPv6 host in brackets."""
        try:
            name = sock.getpeername()
        except OSError:
            return ""
        return str(TcpAddress(name[0], name[1]))


async def _connect(
    family: socket.AddressFamily, where: tuple[object, ...], source: TcpAddress | None, options: StreamOptions
) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _set_common(sock, options)
        _set_tcp(sock, options)
        if source is not None:
            if source.port:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("" if source.host == "*" else source.host, source.port))
        async with asyncio.timeout(options.connect_timeout or None):
            await asyncio.get_running_loop().sock_connect(sock, where)
        if sock.getsockname() == sock.getpeername():
            # A connect to a free local port can meet itself (simultaneous open); that is no peer.
            raise ConnectionRefusedError(111, "Connection refused")
    except BaseException:
        sock.close()
        raise
    return sock


def _set_common(sock: socket.socket, options: StreamOptions) -> None:
    if options.sndbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.sndbuf)
    if options.rcvbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.rcvbuf)
    if options.tos:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, options.tos)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, options.tos)
    if options.bindtodevice:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, options.bindtodevice.encode() + b"\0")


def _set_tcp(sock: socket.socket, options: StreamOptions) -> None:
    if options.tcp_keepalive >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, options.tcp_keepalive)
    for name, value in (
        ("TCP_KEEPCNT", options.tcp_keepalive_cnt),
        ("TCP_KEEPIDLE", options.tcp_keepalive_idle),
        ("TCP_KEEPINTVL", options.tcp_keepalive_intvl),
        ("TCP_USER_TIMEOUT", options.tcp_maxrt or -1),
    ):
        if value >= 0 and hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _is_numeric(host: str) -> bool:
    return _numeric_family(host) is not None


def _numeric_family(host: str) -> socket.AddressFamily | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
        return family
    return None


async def _resolve_local(
    endpoint: str, address: TcpAddress, options: StreamOptions
) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """Return (family, sockaddr) to bind: a wildcard, an interface's name, an address or a host's name."""
    if address.host == "*":
        return (
            (socket.AF_INET6, ("::", address.port)) if options.ipv6 else (socket.AF_INET, ("", address.port))
        )
    host = address.host
    if not _is_numeric(host):
        host = _interface_address(host, options) or host
    try:
        found = await _look_up(host, address.port, socket.AF_UNSPEC)
    except OSError as error:
        reason = f"{address.host!r} is neither an address nor an interface of this machine ({error.strerror})"
        raise EndpointError(endpoint, reason) from error
    return found[0]


def _interface_address(name: str, options: StreamOptions) -> str | None:
    """Return the first address of the interface called `name`, None when there is no such interface."""
    if name not in {interface for _, interface in socket.if_nameindex()}:
        return None
    import netifaces

    addresses = netifaces.ifaddresses(name)
    families: Iterable[int] = (
        (netifaces.AF_INET6, netifaces.AF_INET) if options.ipv6 else (netifaces.AF_INET, netifaces.AF_INET6)
    )
    for family in families:
        for entry in addresses.get(family, ()):
            return str(entry["addr"])
    return None


async def _resolve_remote(address: TcpAddress, options: StreamOptions) -> list[_AddressInfo]:
    family = socket.AF_UNSPEC if options.ipv6 or _is_numeric(address.host) else socket.AF_INET
    return await _look_up(address.host, address.port, family)


async def _look_up(host: str, port: int, family: int) -> list[_AddressInfo]:
    numeric = _numeric_family(host)
    if numeric is socket.AF_INET:
        return [(socket.AF_INET, (host, port))]
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is no host name") from error
    return [(entry[0], entry[4]) for entry in found]


def _explain(error: OSError) -> str:
    """Say what a refused bind means and how to mend it."""
    import errno

    hints = {
        errno.EADDRINUSE: "the port is in use by another program; choose another or *",
        errno.EADDRNOTAVAIL: "no interface of this machine has that address",
        errno.EACCES: "no permission; ports below 1024 want root",
        errno.EPERM: "no permission",
        errno.ENODEV: "no such device",
    }
    return hints.get(error.errno or 0, error.strerror or str(error))
