"""Which interface and which of its addresses a multicast endpoint means."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

from covey.errors import EndpointError
from covey.values import frozen

from .address import MulticastAddress

__all__ = ["MulticastInterface", "resolve_interface"]


@frozen
class MulticastInterface:
    """Where packets leave and arrive."""

    name: str
    index: int
    """As the kernel numbers it."""
    address: str
    """Our numeric unicast address on it, with a scope if it is link-local IPv6."""

    @property
    def packed(self) -> bytes:
        """The address, 4 or 16 octets."""
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        return socket.inet_pton(family, self.address.partition("%")[0])


def resolve_interface(endpoint: str, address: MulticastAddress) -> MulticastInterface:
    """Find the interface by name, by address, by network, or by the route to the group.

    Raises:
        EndpointError: there is no such interface, or it has no address of the group's family.
    """
    wanted = address.interface
    if not wanted:
        wanted = _address_on_route(endpoint, address)
    numeric = wanted.strip("[]")
    found = list(_candidates(numeric, is_ipv6=address.is_ipv6))
    if found:
        return found[0]
    kind = "IPv6" if address.is_ipv6 else "IPv4"
    if wanted in {name for _, name in socket.if_nameindex()}:
        raise EndpointError(endpoint, f"interface {wanted!r} has no {kind} address")
    raise EndpointError(
        endpoint, f"no interface of this machine is called {wanted!r} or has that {kind} address"
    )


def _address_on_route(endpoint: str, address: MulticastAddress) -> str:
    """Ask the kernel from where it would send to the group; nothing is sent."""
    family = socket.AF_INET6 if address.is_ipv6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect((address.send_group, address.port))
        except OSError as error:
            reason = f"no route to {address.send_group}: name an interface ({error.strerror})"
            raise EndpointError(endpoint, reason) from error
        source = str(probe.getsockname()[0])
    if ipaddress.ip_address(source).is_unspecified:
        raise EndpointError(endpoint, f"the route to {address.send_group} has no address: name an interface")
    return source


def _candidates(wanted: str, *, is_ipv6: bool) -> Iterator[MulticastInterface]:
    import netifaces

    family = netifaces.AF_INET6 if is_ipv6 else netifaces.AF_INET
    for index, name in socket.if_nameindex():
        for entry in netifaces.ifaddresses(name).get(family, ()):
            address = str(entry["addr"]).partition("%")[0]
            if wanted == name or _matches(wanted, address):
                scoped = (
                    f"{address}%{name}"
                    if ipaddress.ip_address(address).is_link_local and is_ipv6
                    else address
                )
                yield MulticastInterface(name, index, scoped)


def _matches(wanted: str, address: str) -> bool:
    try:
        if "/" in wanted:
            return ipaddress.ip_address(address) in _network(wanted)
        return ipaddress.ip_address(wanted.partition("%")[0]) == ipaddress.ip_address(address)
    except ValueError:
        return False


def _network(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)
