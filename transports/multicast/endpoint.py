"""A multicast endpoint, resolved: what the links need to open their sockets."""

from __future__ import annotations

import socket

from covey.endpoint import split_endpoint
from covey.errors import EndpointError
from covey.values import frozen

from .address import MulticastAddress, parse_multicast
from .interface import MulticastInterface, resolve_interface

__all__ = ["SCHEMES", "MulticastEndpoint", "resolve_endpoint"]

SCHEMES = ("epgm", "pgm")


@frozen
class MulticastEndpoint:
    """Where a sender sends to and a receiver listens."""

    text: str
    """In canonical form, the scheme included."""
    address: MulticastAddress
    interface: MulticastInterface
    raw: bool
    """Whether PGM stands in IP directly, not in UDP."""

    @property
    def send_group(self) -> bytes:
        """The group that a sender sends to, packed."""
        family = socket.AF_INET6 if self.address.is_ipv6 else socket.AF_INET
        return socket.inet_pton(family, self.address.send_group)


def resolve_endpoint(endpoint: str) -> MulticastEndpoint:
    """Read an endpoint and find its interface.

    Raises:
        EndpointError: it cannot be read, or no interface fits.
    """
    scheme, _ = split_endpoint(endpoint)
    if scheme not in SCHEMES:
        raise EndpointError(endpoint, "PGM endpoints look like epgm://INTERFACE;GROUP:PORT or pgm://...")
    address = parse_multicast(endpoint)
    interface = resolve_interface(endpoint, address)
    return MulticastEndpoint(f"{scheme}://{address}", address, interface, scheme == "pgm")
