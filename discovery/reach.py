"""At which of our addresses somebody can reach us."""

from __future__ import annotations

import asyncio
import socket

from covey.endpoint import parse_tcp
from covey.errors import InterfaceError

from .interfaces import usable_interfaces

__all__ = ["address_towards", "own_address"]

_LOOPBACK = "127.0.0.1"


async def address_towards(endpoint: str) -> str:
    """Return our address on the way to `tcp://host:port`; what we would use at all if there is no way.

    Asks the routing table by connecting a UDP socket, which sends nothing; a name is resolved first.

    Raises:
        EndpointError: it cannot be read.
    """
    address = parse_tcp(endpoint, for_bind=False)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
    except OSError:
        return own_address()
    for family, kind, protocol, _, target in found:
        with socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol) as probe:
            try:
                probe.connect(target)
            except OSError:
                continue
            source: str = probe.getsockname()[0]
            return source
    return own_address()


def own_address() -> str:
    """Return the first address that discovery would use; the loopback's where there is none."""
    try:
        return usable_interfaces()[0].address
    except InterfaceError:
        return _LOOPBACK
