"""The kernel's sockets for `udp://`."""

from __future__ import annotations

import socket

from covey.errors import EndpointError, ResourceError
from covey.transports.multicast.address import MulticastAddress
from covey.transports.multicast.interface import MulticastInterface, resolve_interface
from covey.transports.multicast.sockets import (
    SocketOptions,
    open_group_socket,
    open_sending_socket,
    set_multicast,
)
from covey.transports.stream_transport import StreamOptions
from covey.values import replace

from .address import UdpAddress

__all__ = ["open_receiving", "open_sending", "socket_address"]


def open_sending(endpoint: str, address: UdpAddress, options: StreamOptions) -> socket.socket:
    """Return a non-blocking socket connected to a host or a group.

    Raises:
        EndpointError: no interface fits.
        ResourceError: the system refuses.
    """
    if address.is_multicast:
        interface, chosen = _interface(endpoint, address), _options(options)
        return open_sending_socket(endpoint, interface, address.host, address.port, chosen, raw=False)
    sock = _open(endpoint, address.host)
    try:
        sock.connect(socket_address(address.host, address.port))
        if options.sndbuf >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.sndbuf)
    except OSError as error:
        sock.close()
        raise ResourceError(endpoint, error.strerror or str(error), error.errno) from error
    return sock


def open_receiving(
    endpoint: str, address: UdpAddress, options: StreamOptions, *, sends: bool = False
) -> tuple[socket.socket, UdpAddress]:
    """Return a bound, non-blocking socket and the address with its port.

    Args:
        endpoint: for errors.
        address: to bind.
        options: of the user.
        sends: whether datagrams will be sent from it as well, to groups among others.

    Raises:
        EndpointError: no interface fits.
        ResourceError: the system refuses.
    """
    if address.is_multicast:
        interface, chosen = _interface(endpoint, address), _options(options)
        sock = open_group_socket(endpoint, interface, address.host, address.port, chosen, raw=False)
        if sends:
            _let_send(sock, interface, options)
        return sock, address
    host = _bindable(endpoint, address.host, ipv6=options.ipv6)
    sock = _open(endpoint, host)
    try:
        sock.bind(socket_address(host, address.port))
        if options.rcvbuf >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.rcvbuf)
        if sends:
            _let_send(sock, None, options)
    except OSError as error:
        sock.close()
        raise ResourceError(endpoint, error.strerror or str(error), error.errno) from error
    return sock, replace(address, host=host.partition("%")[0], port=sock.getsockname()[1])


def socket_address(host: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """Return what a socket's calls take; a link-local address keeps its scope, which they ignore in the text.

    Raises:
        OSError: there is no interface of that name.
    """
    bare, _, scope = host.partition("%")
    if not scope:
        return host, port
    return bare, port, 0, int(scope) if scope.isdecimal() else socket.if_nametoindex(scope)


def _let_send(sock: socket.socket, interface: MulticastInterface | None, options: StreamOptions) -> None:
    set_multicast(sock, interface, options.multicast_hops, loop=options.multicast_loop, tos=options.tos)
    if options.sndbuf >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.sndbuf)


def _open(endpoint: str, host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise ResourceError(endpoint, error.strerror or str(error), error.errno) from error
    sock.setblocking(False)
    return sock


def _bindable(endpoint: str, host: str, *, ipv6: bool) -> str:
    """Return the numeric address to bind: `*` and names of interfaces stand for one."""
    if host == "*":
        return "::" if ipv6 else "0.0.0.0"
    if host in {name for _, name in socket.if_nameindex()}:
        group = "ff02::1" if ipv6 else "224.0.0.1"
        return resolve_interface(endpoint, MulticastAddress(host, (group,), group, 1)).address
    if not (":" in host or host.replace(".", "").isdigit()):
        raise EndpointError(endpoint, f"no interface of this machine is called {host!r}")
    return host


def _interface(endpoint: str, address: UdpAddress) -> MulticastInterface:
    return resolve_interface(
        endpoint, MulticastAddress(address.interface, (address.host,), address.host, address.port)
    )


def _options(options: StreamOptions) -> SocketOptions:
    return SocketOptions(
        options.multicast_hops, options.multicast_loop, options.sndbuf, options.rcvbuf, options.tos
    )
