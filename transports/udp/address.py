"""`udp://` endpoints as libzmq reads them: `udp://[interface;]host:port`.

The interface is an address or a name and goes with multicast only. The host is an address (IPv6 in brackets), to bind
also `*`, the name of an interface, or a multicast group. Names of hosts are not looked up.
"""

from __future__ import annotations

import ipaddress
import re

from covey.endpoint import split_endpoint
from covey.errors import EndpointError
from covey.values import frozen

__all__ = ["UdpAddress", "parse_udp"]

_INTERFACE_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,15}\Z", re.ASCII)


@frozen
class UdpAddress:
    """An endpoint, taken apart."""

    interface: str
    """As written; empty for the system's choice."""
    host: str
    """Numeric, `*`, or the name of an interface."""
    port: int
    """0 for any free one (bind only)."""

    @property
    def is_multicast(self) -> bool:
        """Whether the host is a multicast group."""
        try:
            return ipaddress.ip_address(self.host).is_multicast
        except ValueError:
            return False

    def __str__(self) -> str:
        """Return the endpoint in canonical form."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        interface = f"{self.interface};" if self.interface else ""
        return f"udp://{interface}{host}:{self.port}"


def parse_udp(endpoint: str, *, for_bind: bool) -> UdpAddress:
    """Read an endpoint.

    Raises:
        EndpointError: it cannot be read, or cannot be bound or connected to.
    """
    _, text = split_endpoint(endpoint)
    interface, separator, target = text.rpartition(";")
    if separator and not interface:
        raise EndpointError(endpoint, "no interface before the semicolon")
    host, colon, port_text = target.rpartition(":")
    if not colon or not host:
        raise EndpointError(endpoint, "it looks like udp://[INTERFACE;]ADDRESS:PORT")
    address = UdpAddress(
        "" if interface == "*" else interface,
        _parse_host(endpoint, host, for_bind=for_bind),
        _parse_port(endpoint, port_text, for_bind=for_bind),
    )
    if interface and not address.is_multicast:
        raise EndpointError(endpoint, "an interface goes with a multicast group only")
    if address.port == 0 and address.is_multicast:
        raise EndpointError(endpoint, "a multicast group needs a port number")
    return address


def _parse_host(endpoint: str, text: str, *, for_bind: bool) -> str:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if bare == "localhost":
        return "127.0.0.1"
    if bare == "*" and for_bind:
        return bare
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        if for_bind and _INTERFACE_NAME.match(bare):
            return bare
        raise EndpointError(
            endpoint, f"{bare!r} is no address; udp:// takes numeric ones, not names"
        ) from None
    if ":" in bare and bare == text:
        raise EndpointError(endpoint, "an IPv6 address stands in brackets")
    return bare


def _parse_port(endpoint: str, text: str, *, for_bind: bool) -> int:
    if for_bind and text == "*":
        return 0
    if not (text.isascii() and text.isdigit()) or int(text) > 65535 or (int(text) == 0 and not for_bind):
        raise EndpointError(endpoint, f"{text!r} is no port; it is a number from 1 to 65535")
    return int(text)
