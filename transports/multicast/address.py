"""Multicast endpoints as users write them, in the forms that libzmq takes.

`scheme://[interface;]group[,group ...][;send-group]:port`. The interface is an address, a network (`10.0.0.0/24`)
or a name; without a group it is 239.192.0.1. IPv6 groups stand in brackets.
"""

from __future__ import annotations

import ipaddress

from covey.endpoint import split_endpoint
from covey.errors import EndpointError
from covey.values import frozen

__all__ = ["DEFAULT_GROUP", "MulticastAddress", "parse_multicast"]

DEFAULT_GROUP = "239.192.0.1"
"""OpenPGM's group where the endpoint names none."""
_MAX_GROUPS = 20


@frozen
class MulticastAddress:
    """An endpoint, taken apart."""

    interface: str
    """As written; empty for the route's choice."""
    groups: tuple[str, ...]
    """Groups to receive from; numeric."""
    send_group: str
    port: int

    @property
    def is_ipv6(self) -> bool:
        """Whether the groups are IPv6."""
        return ":" in self.send_group

    def __str__(self) -> str:
        """Return it in canonical form, as it stands after the scheme."""
        groups = ",".join(map(_bracketed, self.groups))
        tail = "" if self.groups == (self.send_group,) else ";" + _bracketed(self.send_group)
        return f"{self.interface};{groups}{tail}:{self.port}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def parse_multicast(endpoint: str) -> MulticastAddress:
    """Read a multicast endpoint.

    Raises:
        EndpointError: it cannot be read, or a group is not multicast.
    """
    _, text = split_endpoint(endpoint)
    body, separator, port_text = text.rpartition(":")
    if not separator or "]" in port_text:
        raise EndpointError(endpoint, "the port is missing; write epgm://INTERFACE;GROUP:PORT")
    port = _parse_port(endpoint, port_text)
    fields = body.split(";")
    if len(fields) > 3:
        raise EndpointError(endpoint, "there are at most INTERFACE;GROUPS;SEND-GROUP before the port")
    if len(fields) == 1:
        fields = ["", *fields] if _is_group(fields[0]) else [fields[0], DEFAULT_GROUP]
    groups = tuple(_parse_group(endpoint, each) for each in fields[1].split(","))
    send_group = _parse_group(endpoint, fields[2]) if len(fields) == 3 else groups[0]
    if len(groups) > _MAX_GROUPS:
        raise EndpointError(endpoint, f"at most {_MAX_GROUPS} groups")
    if len({":" in each for each in (*groups, send_group)}) > 1:
        raise EndpointError(endpoint, "groups of IPv4 and IPv6 do not mix")
    return MulticastAddress(fields[0], groups, send_group, port)


def _parse_port(endpoint: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 65536:
        raise EndpointError(endpoint, f"{text!r} is no port; multicast needs a number from 1 to 65535")
    return int(text)


def _is_group(text: str) -> bool:
    try:
        return ipaddress.ip_address(text.split(",")[0].strip("[]")).is_multicast
    except ValueError:
        return False


def _parse_group(endpoint: str, text: str) -> str:
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        raise EndpointError(endpoint, f"{text!r} is no address of a multicast group") from None
    if not address.is_multicast:
        raise EndpointError(endpoint, f"{address} is not a multicast group (224.0.0.0/4 or ff00::/8)")
    return str(address)
