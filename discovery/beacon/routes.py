"""Where beacons go: one route for each way out of each interface."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable

from covey.values import frozen

from ..interface_table import Flag, Interface
from .constants import MULTICAST_V4, MULTICAST_V6

__all__ = ["Mode", "Route", "plan_routes"]


class Mode(enum.Enum):
    """How a beacon reaches everybody on a link."""

    BROADCAST = "broadcast"
    """IPv4, the directed broadcast address of the interface's network: what Zyre and pyre do."""
    MULTICAST_V4 = "multicast4"
    """IPv4, a group of our own, never beyond the link (TTL 1)."""
    MULTICAST_V6 = "multicast6"
    """IPv6, all nodes of the link, from the link-local address."""


@frozen
class Route:
    """One way out."""

    mode: Mode
    interface: Interface
    """Carries the source address."""
    destination: str
    """Broadcast or group address."""


def plan_routes(interfaces: Iterable[Interface], modes: Collection[Mode]) -> tuple[Route, ...]:
    """Return every way out that these interfaces offer in these modes.

    Args:
        interfaces: rows that were chosen, of IPv4 and of link-local IPv6.
        modes: what is wanted; a mode that an interface cannot do is left out there.
    """
    return tuple(
        Route(mode, interface, destination)
        for interface in interfaces
        for mode in Mode
        if mode in modes and (destination := _destination(interface, mode))
    )


def _destination(interface: Interface, mode: Mode) -> str:
    """Return where a beacon goes, or an empty string where the mode does not work."""
    if mode is Mode.BROADCAST:
        return interface.broadcast
    if not interface.has(Flag.MULTICAST):
        return ""
    if mode is Mode.MULTICAST_V4:
        return MULTICAST_V4 if interface.family == 4 else ""
    return MULTICAST_V6 if interface.is_link_local else ""
