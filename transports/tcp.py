"""`tcp://`: addresses, listening and connecting. The bytes are `stream.StreamLink`'s."""

from __future__ import annotations

import asyncio
import functools
import socket
from asyncio.staggered import staggered_race
from collections.abc import Iterable

from covey.endpoint import TcpAddress, parse_tcp
from covey.errors import EndpointError, ResourceError
from covey.values import replace

from .stream_transport import ListeningSocket, StreamOptions

__all__ = ["TcpTransport"]

_ATTEMPT_DELAY = 0.25  # seconds between the starts of two attempts, RFC 8305 section 5
_AddressInfo = tuple[socket.AddressFamily, tuple[object, ...]]


class TcpTransport:
    """The scheme `tcp`. Implements `StreamTransport`."""

    def check(self, endpoint: str, *, for_bind: bool) -> str:
        """Return the endpoint in canonical form."""
        address = parse_tcp(endpoint, for_bind=for_bind)
        return f"tcp://{address.source};{address}" if address.source else f"tcp://{address}"

    async def listen(self, endpoint: str, options: StreamOptions) -> list[ListeningSocket]:
        """Bind and listen on a host, an interface's name or every interface."""
        if options.use_fd >= 0:
            return [_adopt(endpoint, options)]
        address = parse_tcp(endpoint, for_bind=True)
        family, where = await _resolve_local(endpoint, address, options)
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(
                    socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address.host in ("*", "::") else 1
                )
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
        """Try the addresses that the host has, each a little after the last; the first that answers wins."""
        address = parse_tcp(endpoint, for_bind=False)
        if options.socks_proxy:
            return await self._dial_through_proxy(address, options)
        found = _interleave(await _resolve_remote(address, options))
        if len(found) == 1:
            return await _connect(*found[0], address.source, options)
        tries = [functools.partial(_connect, *one, address.source, options) for one in found]
        winner, _, errors = await staggered_race(tries, _ATTEMPT_DELAY)
        if isinstance(winner, socket.socket):
            return winner
        raise next((error for error in errors if error), OSError(f"{address.host} has no address"))

    async def _dial_through_proxy(self, address: TcpAddress, options: StreamOptions) -> socket.socket:
        """Connect to the proxy, and have it connect on; the host's name is the proxy's to look up."""
        from .socks5 import connect_through

        direct = replace(options, socks_proxy="")
        sock = await self.dial(f"tcp://{options.socks_proxy}", direct)
        try:
            async with asyncio.timeout(options.connect_timeout or None):
                await connect_through(
                    sock,
                    address.host,
                    address.port,
                    username=options.socks_username,
                    password=options.socks_password,
                )
        except BaseException:
            sock.close()
            raise
        return sock

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


def _adopt(endpoint: str, options: StreamOptions) -> ListeningSocket:
    """Take over a listening socket that somebody else made, a service manager for example."""
    try:
        sock = socket.socket(fileno=options.use_fd)
        sock.setblocking(False)
        if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            sock.listen(options.backlog)
        host, port = sock.getsockname()[:2]
    except (OSError, ValueError) as error:
        raise ResourceError(endpoint, f"descriptor {options.use_fd} is no tcp socket: {error}") from error
    return ListeningSocket(sock, f"tcp://{TcpAddress(host, port)}")


def _interleave(found: list[_AddressInfo]) -> list[_AddressInfo]:
    """Return the addresses with families taking turns, beginning with the resolver's favourite (RFC 8305)."""
    first = [one for one in found if one[0] == found[0][0]]
    second = [one for one in found if one[0] != found[0][0]]
    mixed = [one for pair in zip(first, second, strict=False) for one in pair]
    shorter = min(len(first), len(second))
    return mixed + first[shorter:] + second[shorter:]


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
    if options.priority:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, options.priority)
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
