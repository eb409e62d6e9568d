"""What was seen of this host and its LAN."""

from __future__ import annotations

from collections.abc import Mapping

from covey.discovery.interfaces import Candidate
from covey.values import field, frozen

from .firewall import Obstacle

__all__ = ["HostFacts", "LanFacts", "Stranger"]


@frozen
class HostFacts:
    """What can be seen without sending."""

    candidates: tuple[Candidate, ...]
    pin_error: str = ""
    """Why the interfaces that were asked for cannot be used."""
    mtus: Mapping[str, int] = field(default_factory=dict)
    """By name of the interface. Octets."""
    without_carrier: tuple[str, ...] = ()
    """Interfaces that are up and have no link."""
    join_errors: Mapping[str, str] = field(default_factory=dict)
    """Why the beacons' group cannot be joined, by interface."""
    port: int = 5670
    port_error: str = ""
    """Why the beacon's UDP port cannot be bound; empty when it can."""
    port_owners: tuple[str, ...] = ()
    """`name (pid)` of the programs that hold it, as far as we may see."""
    firewall: tuple[Obstacle, ...] = ()
    firewall_readable: bool = False
    has_multicast_route: bool = True
    host_name: str = ""
    host_addresses: tuple[str, ...] = ()
    """What the host's own name resolves to."""
    snooping_bridges: tuple[str, ...] = ()
    """Bridges of this host that snoop IGMP and are no queriers."""
    now: float = 0.0
    """Wall clock, Unix seconds."""
    tipc: str = ""
    """What TIPC says of itself."""
    tipc_available: bool = False


@frozen
class Stranger:
    """Somebody heard on the LAN."""

    address: str
    kind: str
    """`open`, `ours` (sealed with our secret) or `sealed` (with another one)."""
    interface: str
    clock_ahead: float = 0.0
    """By how much its sealed beacons are from our future at least. Seconds."""


@frozen
class LanFacts:
    """What came back and what others said."""

    sent: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(interface, mode): own beacons that the kernel took."""
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(interface, mode): why the kernel did not take one."""
    echoed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(interface, mode): own beacons that were heard back."""
    strangers: tuple[Stranger, ...] = ()
    listened: float = 0.0
    """Seconds."""
    twins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Own addresses that others on the link have, too, and their MACs."""
    queries_seen: int | None = None
    """IGMP queries heard; None when listening for them is not permitted."""
