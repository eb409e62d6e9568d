"""What this machine offers of TIPC, in words that say what to do."""

from __future__ import annotations

import socket
import sys

from covey.errors import ProtocolError, ResourceError
from covey.values import frozen

from .address import format_node
from .names import identity_text
from .netlink import attributes, dump
from .presence import module_installed
from .sockets import open_socket, own_node

__all__ = ["Availability", "Link", "probe"]

# Commands and attributes of linux/tipc_netlink.h.
BEARER_GET = 4
LINK_GET = 8
NET_GET = 14
BEARER = 1
LINK = 4
NET = 7
BEARER_NAME = 1
LINK_NAME = 1
LINK_BROADCAST = 4
LINK_IS_UP = 5
LINK_PROPERTIES = 7
PROPERTY_TOLERANCE = 2
NET_IDENTITY = (3, 4)

_LINKS_SHOWN = 8


@frozen
class Link:
    """A link to one other node."""

    name: str
    """Both ends, `NODE:DEVICE-NODE:DEVICE`, ours first."""
    is_up: bool
    tolerance_ms: int
    """How long it may be silent before it counts as broken."""


@frozen
class Availability:
    """What the kernel answered."""

    available: bool
    reason: str = ""
    """Why TIPC is not available, and what helps; empty when it is."""
    module_installed: bool = False
    """Whether the running kernel has the module on disk or built in."""
    identity: str = ""
    """The node's name; empty when none was given: then it is in no cluster."""
    node: int = 0
    """The node's 32-bit address; 0 in no cluster."""
    bearers: tuple[str, ...] = ()
    """Through which devices it meets other nodes: `eth:eth0`."""
    links: tuple[Link, ...] = ()

    def describe(self) -> str:
        """Return one line for people: node, bearers and links, or what is missing and how to get it."""
        if not self.available:
            return self.reason
        name = self.identity or (format_node(self.node) if self.node else "without identity")
        if not self.bearers:
            return (
                f"TIPC node {name}, no bearer: it works on this machine alone; to join a cluster: "
                "`tipc node set identity NAME` and `tipc bearer enable media eth device DEVICE` (as root)"
            )
        up = sum(link.is_up for link in self.links)
        text = f"TIPC node {name}, bearers {', '.join(self.bearers)}, {up} of {len(self.links)} links up"
        shown = [link.name if link.is_up else f"{link.name} (down)" for link in self.links[:_LINKS_SHOWN]]
        if len(self.links) > _LINKS_SHOWN:
            shown.append("...")
        return f"{text}: {', '.join(shown)}" if shown else text


def probe() -> Availability:
    """Ask the kernel; quick, and harmless where there is no TIPC. Raises nothing."""
    try:
        with open_socket(socket.SOCK_RDM) as sock:
            node = own_node(sock)
    except ResourceError as error:
        installed = module_installed()
        hint = "" if installed else " (the running kernel's module is not installed)"
        return Availability(available=False, reason=error.reason + hint, module_installed=installed)
    try:
        return Availability(
            available=True,
            module_installed=True,
            identity=_identity(),
            node=node,
            bearers=tuple(sorted(_text(bearer[BEARER_NAME]) for bearer in _objects(BEARER_GET, BEARER))),
            links=tuple(_read_link(link) for link in _objects(LINK_GET, LINK) if LINK_BROADCAST not in link),
        )
    except (OSError, ProtocolError, KeyError):  # a kernel with another netlink still has working sockets
        return Availability(available=True, module_installed=True, node=node)


def _objects(command: int, kind: int) -> list[dict[int, bytes]]:
    return [attributes(found[kind]) for found in dump(command) if kind in found]


def _read_link(link: dict[int, bytes]) -> Link:
    properties = attributes(link.get(LINK_PROPERTIES, b""))
    return Link(
        _text(link[LINK_NAME]),
        LINK_IS_UP in link,
        _number(properties.get(PROPERTY_TOLERANCE, b"")),
    )


def _identity() -> str:
    """Return the own node's name."""
    nets = _objects(NET_GET, NET)
    return identity_text(b"".join(nets[0].get(part, b"") for part in NET_IDENTITY)) if nets else ""


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "replace")


def _number(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)
