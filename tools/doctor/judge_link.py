"""Verdicts on cables, groups and addresses of this host. Knows no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from covey.discovery.beacon.constants import MULTICAST_V4
from covey.discovery.interface_table import Flag

from .finding import Finding, Verdict
from .host_facts import HostFacts, LanFacts

__all__ = ["judge_addresses", "judge_links"]


def judge_links(facts: HostFacts) -> list[Finding]:
    """Return the findings on interfaces in use that cannot do what discovery needs."""
    return [*_carrier(facts), *_groups(facts)]


def judge_addresses(facts: LanFacts) -> list[Finding]:
    """Return the findings on addresses that others have, too."""
    return [
        Finding(
            "address",
            Verdict.FAULT,
            f"another host ({', '.join(macs)}) has our address {address}, too: packets reach now one, now the other",
            "give one of the two another address; look for a second DHCP server, or a cloned machine",
        )
        for address, macs in facts.twins.items()
    ]


def _carrier(facts: HostFacts) -> Iterator[Finding]:
    used = dict.fromkeys(one.interface.name for one in facts.candidates if one.is_used)
    dead = [name for name in used if name in facts.without_carrier]
    for name in dead:
        yield Finding(
            "interface",
            Verdict.FAULT if len(dead) == len(used) else Verdict.WARNING,
            f"{name} has no link: the cable is out, the switch is off, or no Wi-Fi is joined",
            f"plug it in or join one; `ip link show {name}` says NO-CARRIER until then",
        )


def _groups(facts: HostFacts) -> Iterator[Finding]:
    for one in facts.candidates:
        row = one.interface
        if one.is_used and row.family == 4 and not row.has(Flag.MULTICAST | Flag.LOOPBACK):
            yield Finding(
                "multicast",
                Verdict.FAULT,
                f"multicast is switched off on {row.name}",
                f"ip link set {row.name} multicast on",
            )
    for name, reason in facts.join_errors.items():
        yield Finding(
            "multicast",
            Verdict.FAULT,
            f"the group {MULTICAST_V4} cannot be joined on {name}: {reason}",
            "raise the number of groups: sysctl net.ipv4.igmp_max_memberships=20",
        )
