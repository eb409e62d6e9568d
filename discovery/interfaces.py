"""Which interfaces are used, and why: the verdicts that `covey interfaces` and the doctor print.

By default every interface that is up and can broadcast, without container bridges, tunnels and
point-to-point links. Pins (name or address) override taste, never physics: a pinned container bridge
or the loopback is used, a pinned interface that is down is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from covey.errors import InterfaceError
from covey.values import frozen

from .interface_table import Flag, Hardware, Interface, list_interfaces

__all__ = ["Candidate", "Interface", "choose", "list_interfaces", "usable_interfaces"]

_CONTAINER = (
    *(
        "docker",
        "br-",
        "veth",
        "virbr",
        "vmnet",
        "vboxnet",
        "lxc",
        "lxd",
        "incusbr",
        "cni",
        "podman",
        "flannel",
    ),
    *("cali", "cilium", "kube-", "nodelocaldns", "weave", "ovs-", "genev_", "dummy"),
)
_CONTAINER_NUMBERED = ("vnet", "cbr", "ifb")
_REAL_BRIDGE = "br-lan"
"""OpenWrt's own LAN."""

_TUNNEL = (
    *(
        "tun",
        "tap",
        "utun",
        "wg",
        "ppp",
        "tailscale",
        "zt",
        "nordlynx",
        "proton",
        "gre",
        "erspan",
        "ip6",
        "ipip",
    ),
    *("ip_vti", "vti", "l2tp"),
)
_TUNNEL_NUMBERED = ("sit", "ham")

_TUNNEL_KINDS = frozenset(
    {
        Hardware.PPP,
        Hardware.TUNNEL,
        Hardware.TUNNEL6,
        Hardware.SIT,
        Hardware.GRE,
        Hardware.GRE6,
        Hardware.NONE,
    }
)


@frozen
class Candidate:
    """An interface with the verdict on it."""

    interface: Interface
    is_used: bool
    reason: str
    """Completes the sentence that starts with its name: `is down`."""


def usable_interfaces(pins: Sequence[str] = (), *, ipv6: bool | None = None) -> list[Interface]:
    """Return what discovery uses on this host.

    Args:
        pins: names or addresses; empty leaves the choice to the rules above.
        ipv6: whether to use link-local IPv6; None for only where an interface has no usable IPv4.

    Raises:
        InterfaceError: a pin is unknown or cannot be used, or there is nothing usable.
    """
    candidates = choose(list_interfaces(), pins, ipv6=ipv6)
    used = [candidate.interface for candidate in candidates if candidate.is_used]
    if not used:
        raise InterfaceError("", _nothing_usable(candidates))
    return used


def choose(
    interfaces: Iterable[Interface], pins: Sequence[str] = (), *, ipv6: bool | None = None
) -> list[Candidate]:
    """Judge each interface.

    Args:
        interfaces: the rows of `list_interfaces`.
        pins: names or addresses; empty for the default choice.
        ipv6: as in `usable_interfaces`.

    Raises:
        InterfaceError: a pin names nothing here, or something that cannot be used.
    """
    rows = list(interfaces)
    candidates = _without_twins(_judge(row, pins) for row in rows)
    candidates = _with_ipv6(candidates, ipv6=ipv6)
    for pin in pins:
        matches = [candidate for candidate in candidates if _is_named(candidate.interface, pin)]
        if not matches:
            raise InterfaceError(pin, f"no such interface or address here; there are {_known(rows)}")
        if not any(candidate.is_used or _is_twin(candidate) for candidate in matches):
            raise InterfaceError(pin, f"cannot be used: {_reasons(matches)}")
    return candidates


_TWIN = "has another address in the same network, which is used"


def _is_twin(candidate: Candidate) -> bool:
    return candidate.reason == _TWIN


def _without_twins(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep one address per interface and network: a second one would make every node appear twice."""
    seen: set[tuple[int, tuple[int, str]]] = set()
    kept: list[Candidate] = []
    for candidate in candidates:
        interface = candidate.interface
        if candidate.is_used and interface.family == 4:
            key = (interface.index, interface.network)
            if key in seen:
                candidate = Candidate(interface, is_used=False, reason=_TWIN)
            seen.add(key)
        kept.append(candidate)
    return kept


def _with_ipv6(candidates: Iterable[Candidate], *, ipv6: bool | None) -> list[Candidate]:
    """Leave IPv6 out where it is not wanted, or not needed beside IPv4."""
    judged = list(candidates)
    has_ipv4 = {one.interface.index for one in judged if one.is_used and one.interface.family == 4}
    for position, candidate in enumerate(judged):
        interface = candidate.interface
        if not candidate.is_used or interface.family == 4 or ipv6:
            continue
        if ipv6 is False or interface.index in has_ipv4:
            reason = "is left out: " + ("IPv6 is not wanted" if ipv6 is False else "IPv4 does it")
            judged[position] = Candidate(interface, is_used=False, reason=reason)
    return judged


def _judge(interface: Interface, pins: Sequence[str]) -> Candidate:
    """Return the verdict on one row."""
    if pins and not any(_is_named(interface, pin) for pin in pins):
        return Candidate(interface, is_used=False, reason="was not asked for")
    obstacle = _impossible(interface) or ("" if pins else _unwanted(interface))
    if obstacle:
        return Candidate(interface, is_used=False, reason=obstacle)
    reason = "is up and can broadcast" if interface.family == 4 else "is up and can multicast"
    return Candidate(interface, is_used=True, reason="was asked for" if pins else reason)


def _impossible(interface: Interface) -> str:
    """Return why no beacon can go out there whatever the user wants, or an empty string."""
    if not interface.has(Flag.UP):
        return "is down"
    if not interface.address:
        return "has no IPv4 address"
    if interface.family == 6:
        return _impossible_ipv6(interface)
    if interface.has(Flag.LOOPBACK):
        return ""
    if interface.has(Flag.POINT_TO_POINT) or not interface.has(Flag.BROADCAST):
        return "cannot broadcast (a point-to-point link)"
    if not interface.broadcast:
        return f"cannot broadcast (its network is a /{interface.prefix_length})"
    return ""


def _impossible_ipv6(interface: Interface) -> str:
    if not interface.is_link_local:
        return "is left out: beacons use the link-local address"
    return "" if interface.has(Flag.MULTICAST) else "cannot multicast"


def _unwanted(interface: Interface) -> str:
    """Return why an interface is left out unless asked for, or an empty string."""
    if interface.has(Flag.LOOPBACK):
        return "is the loopback, used only when asked for"
    if interface.has(Flag.SLAVE):
        return "is part of a bond"
    if interface.hardware in _TUNNEL_KINDS or _is_like(interface.name, _TUNNEL, _TUNNEL_NUMBERED):
        return "is a tunnel"
    if interface.name.startswith(_REAL_BRIDGE):
        return ""
    if _is_like(interface.name, _CONTAINER, _CONTAINER_NUMBERED):
        return "belongs to containers or virtual machines"
    return ""


def _is_like(name: str, prefixes: tuple[str, ...], numbered: tuple[str, ...]) -> bool:
    """Whether a name begins like these, or is one of those followed by a number."""
    return name.startswith(prefixes) or (name[-1:].isdigit() and name.rstrip("0123456789") in numbered)


def _is_named(interface: Interface, pin: str) -> bool:
    return pin in (interface.name, interface.address) and pin != ""


def _known(interfaces: Iterable[Interface]) -> str:
    """Return the names, each with its addresses."""
    addresses: dict[str, list[str]] = {}
    for interface in interfaces:
        addresses.setdefault(interface.name, []).extend(filter(None, [interface.address]))
    return (
        ", ".join(f"{name} ({' '.join(found) or 'no address'})" for name, found in addresses.items())
        or "none"
    )


def _reasons(candidates: Iterable[Candidate]) -> str:
    """Return one reason per interface; IPv6 rows say nothing that an IPv4 row does not."""
    reasons: dict[str, str] = {}
    for candidate in candidates:
        name = candidate.interface.name
        if name not in reasons or candidate.interface.family == 4:
            reasons[name] = candidate.reason
    return ", ".join(f"{name} {reason}" for name, reason in reasons.items())


def _nothing_usable(candidates: Iterable[Candidate]) -> str:
    why = _reasons(candidates) or "this host has none"
    return f"no usable network interface: {why}; connect one, or use --interface lo for this host alone"
