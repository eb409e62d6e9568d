"""Verdicts on this host and its LAN. Knows no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from covey.discovery.interfaces import Candidate

from .finding import Finding, Verdict
from .host_facts import HostFacts, LanFacts, Stranger
from .judge_link import judge_addresses, judge_links

__all__ = ["judge_host", "judge_lan"]

_SMALLEST_MTU = 1280
"""What IPv6 demands of every link (RFC 8200, section 5)."""
_OLDEST_NOW = 1_735_689_600.0
"""Start of 2025; a clock before it was never set."""
_PERIOD_OF_QUERIES = 125.0
"""Seconds between a querier's general queries (RFC 2236, section 8.2)."""
_SKEW = 5.0
"""Seconds of a clock that matter."""


def judge_host(facts: HostFacts) -> list[Finding]:
    """Return the findings on what can be seen without sending."""
    return [
        *_interfaces(facts),
        *judge_links(facts),
        *_mtu(facts),
        *_port(facts),
        *_firewall(facts),
        *_routes(facts),
        *_names(facts),
        *_clock(facts),
        *_bridges(facts),
        Finding(
            "tipc", Verdict.NOTE if not facts.tipc_available else Verdict.OK, facts.tipc or "TIPC: unknown"
        ),
    ]


def judge_lan(facts: LanFacts, host: HostFacts) -> list[Finding]:
    """Return the findings on what came back and what others said."""
    return [
        *_echo(facts),
        *_neighbours(facts),
        *judge_addresses(facts),
        *_netmask(facts, host),
        *_skew(facts),
        *_querier(facts),
    ]


def _interfaces(facts: HostFacts) -> Iterator[Finding]:
    if facts.pin_error:
        yield Finding(
            "interfaces", Verdict.FAULT, facts.pin_error, "choose another with --interface, or bring it up"
        )
        return
    used = [one for one in facts.candidates if one.is_used]
    for one in used:
        row = one.interface
        yield Finding(
            "interface",
            Verdict.OK,
            f"{row.name} ({row.address}/{row.prefix_length}) is used: it {one.reason}",
        )
        if row.address.startswith("169.254."):
            yield Finding(
                "interface",
                Verdict.WARNING,
                f"{row.name} gave itself the address {row.address}: no DHCP server answered",
                "hosts with a proper address are in another network; check the DHCP server or set an address",
            )
    left_out = [one for one in facts.candidates if not one.is_used and one.interface.family == 4]
    for one in left_out:
        yield Finding("interface", Verdict.NOTE, f"{one.interface.name} is left out: it {one.reason}")
    if not used:
        yield Finding("interfaces", Verdict.FAULT, "no network interface can be used", _remedy_for(left_out))


def _remedy_for(left_out: list[Candidate]) -> str:
    """Return what helps most likely: the first real interface that is left out decides."""
    for one in left_out:
        name, reason = one.interface.name, one.reason
        if name == "lo":
            continue
        if "is down" in reason:
            return f"bring it up: ip link set {name} up"
        if "no IPv4 address" in reason:
            return f"give it an address: ip addr add ADDRESS/24 broadcast + dev {name}"
        if "cannot broadcast" in reason:
            return (
                f"{name} has no broadcast; name peers by --etcd or a seed, or use a network of /30 or larger"
            )
        return f"use it all the same with --interface {name}"
    return "connect one, or use --interface lo for this host alone"


def _mtu(facts: HostFacts) -> Iterator[Finding]:
    for one in facts.candidates:
        mtu = facts.mtus.get(one.interface.name)
        if one.is_used and one.interface.family == 4 and mtu is not None and mtu < _SMALLEST_MTU:
            yield Finding(
                "mtu",
                Verdict.WARNING,
                f"{one.interface.name} takes packets of {mtu} octets only",
                f"large datagrams are fragmented; ip link set {one.interface.name} mtu 1500, if the link can",
            )


def _port(facts: HostFacts) -> Iterator[Finding]:
    owners = ", ".join(facts.port_owners)
    if facts.port_error:
        yield Finding(
            "port",
            Verdict.FAULT,
            f"UDP port {facts.port} cannot be used: {facts.port_error}"
            + (f"; it is held by {owners}" * bool(owners)),
            f"stop {owners or 'that program'}, or have it share the port (SO_REUSEADDR and SO_REUSEPORT)",
        )
    else:
        shared = f", shared with {owners}" if owners else ""
        yield Finding("port", Verdict.OK, f"UDP port {facts.port} can be used{shared}")


def _firewall(facts: HostFacts) -> Iterator[Finding]:
    for each in facts.firewall:
        what = f"{each.protocol.upper()}{f' port {each.port}' if each.port else ''}"
        how = "lets nothing through that no rule accepts, so not" if each.is_policy else "drops"
        port = each.port or "{1024-65535}"
        yield Finding(
            "firewall",
            Verdict.WARNING if each.is_policy and not each.port else Verdict.FAULT,
            f"the firewall's chain {each.where} {how} {what}",
            f"nft insert rule {each.where} {each.protocol} dport {port} accept",
        )
    if not facts.firewall:
        text = "no rule of this host drops our ports" if facts.firewall_readable else "rules cannot be read"
        remedy = "" if facts.firewall_readable else "run as root to have them checked"
        yield Finding(
            "firewall", Verdict.OK if facts.firewall_readable else Verdict.NOTE, f"firewall: {text}", remedy
        )


def _routes(facts: HostFacts) -> Iterator[Finding]:
    if facts.has_multicast_route:
        yield Finding("multicast route", Verdict.OK, "there is a route for multicast")
        return
    used = next((one.interface.name for one in facts.candidates if one.is_used), "eth0")
    yield Finding(
        "multicast route",
        Verdict.WARNING,
        "there is no route for multicast: programs that do not name an interface cannot send it",
        f"ip route add 224.0.0.0/4 dev {used}, or set a default route",
    )


def _names(facts: HostFacts) -> Iterator[Finding]:
    if not facts.host_name:
        return
    if facts.host_addresses:
        yield Finding("names", Verdict.OK, f"{facts.host_name} resolves to {', '.join(facts.host_addresses)}")
    else:
        yield Finding(
            "names",
            Verdict.WARNING,
            f"this host's name, {facts.host_name}, does not resolve: programs based on libpgm do not start",
            f"add it to /etc/hosts: 127.0.1.1 {facts.host_name}",
        )


def _clock(facts: HostFacts) -> Iterator[Finding]:
    if facts.now and facts.now < _OLDEST_NOW:
        yield Finding(
            "clock",
            Verdict.FAULT,
            "the clock was never set: sealed announcements are taken for old ones",
            "set it, or let NTP do so: timedatectl set-ntp true",
        )


def _bridges(facts: HostFacts) -> Iterator[Finding]:
    for name in facts.snooping_bridges:
        yield Finding(
            "igmp",
            Verdict.WARNING,
            f"bridge {name} of this host snoops IGMP without being a querier: without another one, "
            "multicast through it dies after some minutes",
            f"echo 1 > /sys/class/net/{name}/bridge/multicast_querier",
        )


def _echo(facts: LanFacts) -> Iterator[Finding]:
    for (name, mode), reason in facts.refused.items():
        yield Finding(
            "beacon",
            Verdict.FAULT,
            f"no {mode} beacon can be sent on {name}: {reason}",
            "check routes (`ip route`) and the firewall's output rules (`nft list ruleset`)",
        )
    for (name, mode), sent in facts.sent.items():
        heard = facts.echoed.get((name, mode), 0)
        if heard:
            yield Finding(
                "beacon", Verdict.OK, f"own {mode} beacons on {name} are heard back ({heard} of {sent})"
            )
        else:
            yield Finding(
                "beacon",
                Verdict.FAULT,
                f"own {mode} beacons on {name} are not heard back, which not even needs the network",
                "the firewall of this host drops them (input rules, UDP), or the driver loops nothing back",
            )


def _neighbours(facts: LanFacts) -> Iterator[Finding]:
    ours = {each.address for each in facts.strangers if each.kind == "ours"}
    opened = {each.address for each in facts.strangers if each.kind == "open"}
    sealed = {each.address for each in facts.strangers if each.kind == "sealed"}
    if ours:
        yield Finding("neighbours", Verdict.OK, f"{_hosts(ours)} with our mesh and secret: {_some(ours)}")
    if opened:
        yield Finding("neighbours", Verdict.OK, f"{_hosts(opened)} with open nodes: {_some(opened)}")
    if sealed:
        yield Finding(
            "neighbours",
            Verdict.WARNING,
            f"{_hosts(sealed)} with nodes of another mesh or secret on this LAN: {_some(sealed)}",
            "if they should be ours, compare --mesh and the secret files",
        )
    if not facts.strangers:
        yield Finding(
            "neighbours",
            Verdict.NOTE,
            f"nobody else was heard in {facts.listened:.1f} s",
            "if somebody is there: `covey doctor --answer` on that host, `covey doctor HOST` here",
        )


def _hosts(addresses: set[str]) -> str:
    return f"{len(addresses)} host{'s' * (len(addresses) != 1)}"


def _some(addresses: set[str]) -> str:
    shown = sorted(addresses)[:5]
    return ", ".join(shown) + (" ..." if len(addresses) > len(shown) else "")


def _netmask(facts: LanFacts, host: HostFacts) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for each in facts.strangers:
        rows = [
            one.interface for one in host.candidates if one.interface.name == each.interface and one.is_used
        ]
        outside = rows and not any(row.reaches(each.address) for row in rows if row.family == 4)
        if not outside or not _is_ipv4(each) or (each.interface, each.address) in seen:
            continue
        seen.add((each.interface, each.address))
        networks = ", ".join(f"{row.address}/{row.prefix_length}" for row in rows if row.family == 4)
        yield Finding(
            "netmask",
            Verdict.FAULT,
            f"{each.address} is heard on {each.interface} but lies outside of {networks}",
            "one of the two has a wrong address or netmask, or two networks share a wire; compare `ip addr`",
        )


def _is_ipv4(stranger: Stranger) -> bool:
    try:
        IPv4Address(stranger.address)
    except ValueError:
        return False
    return True


def _skew(facts: LanFacts) -> Iterator[Finding]:
    ahead = {each.address: each.clock_ahead for each in facts.strangers if each.clock_ahead > _SKEW}
    for address, seconds in ahead.items():
        yield Finding(
            "clock",
            Verdict.WARNING,
            f"the clock of {address} is at least {seconds:.0f} s ahead of ours",
            "let NTP set both: timedatectl set-ntp true",
        )


def _querier(facts: LanFacts) -> Iterator[Finding]:
    if facts.queries_seen is None:
        yield Finding(
            "igmp", Verdict.NOTE, "IGMP queries cannot be listened for", "run as root to have them checked"
        )
    elif facts.queries_seen:
        yield Finding(
            "igmp", Verdict.OK, "an IGMP querier is at work: multicast lasts on switches that snoop"
        )
    elif facts.listened >= _PERIOD_OF_QUERIES:
        yield Finding(
            "igmp",
            Verdict.WARNING,
            f"no IGMP querier in {facts.listened:.0f} s: on switches that snoop, multicast dies after minutes",
            "switch on a querier on the router or switch, or switch IGMP snooping off",
        )
    else:
        yield Finding(
            "igmp",
            Verdict.NOTE,
            f"no IGMP query in {facts.listened:.1f} s, which is too short to tell",
            "`covey doctor --wait 130` tells whether a querier is at work",
        )
