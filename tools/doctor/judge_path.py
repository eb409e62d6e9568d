"""Verdicts on the path to one other host. Knows no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding, Verdict
from .path_facts import PathFacts, Series

__all__ = ["judge_path"]

_SKEW = 5.0
"""Seconds of a clock that matter."""
_SOME_LOSS = 0.02
_BAD_LOSS = 0.2


def judge_path(facts: PathFacts) -> list[Finding]:
    """Return the findings."""
    if not facts.addresses:
        text = f"{facts.peer} is no name that resolves, and no address"
        return [
            Finding(
                "names", Verdict.FAULT, text, "check the name, /etc/hosts and the resolver; try its address"
            )
        ]
    findings = [*_twins(facts), *_tcp(facts)]
    if facts.tcp == "connected" and not facts.handshake and _loss(facts.udp) > _BAD_LOSS:
        text = f"{facts.peer} takes the connection and did not answer in time: too much is lost on the way"
        findings.append(Finding("handshake", Verdict.WARNING, text, "mend the link first"))
    elif facts.tcp == "connected" and not facts.handshake:
        remedy = "another program holds its port; run `covey doctor --answer` there"
        text = f"{facts.peer} takes the connection and does not answer as a doctor"
        findings.append(Finding("handshake", Verdict.FAULT, text, remedy))
    findings += _udp(facts)
    if facts.handshake:
        findings += [*_handshake(facts), *_large(facts), *_clock(facts), *_beacons(facts)]
    return findings


def _twins(facts: PathFacts) -> Iterator[Finding]:
    if len(facts.link_addresses) > 1:
        yield Finding(
            "address",
            Verdict.FAULT,
            f"{len(facts.link_addresses)} hosts have the address {facts.addresses[0]}: "
            + ", ".join(facts.link_addresses),
            "give all but one of them another address; look for a second DHCP server, or a cloned machine",
        )


def _tcp(facts: PathFacts) -> Iterator[Finding]:
    peer = facts.peer
    if facts.tcp == "connected":
        yield Finding("tcp", Verdict.OK, f"TCP to {peer} connects")
    elif facts.tcp == "refused":
        yield Finding(
            "tcp",
            Verdict.NOTE,
            f"{peer} is reached over TCP, and no doctor answers there",
            "run `covey doctor --answer` there for the whole test",
        )
    elif facts.udp.arrived:
        yield Finding(
            "tcp",
            Verdict.FAULT,
            f"TCP to {peer} is dropped on the way, while UDP passes",
            "a firewall between the two, or on one of them, drops TCP: accept it from the LAN",
        )
    elif facts.answers_arp is False:
        yield Finding(
            "path",
            Verdict.FAULT,
            f"nobody answers at {facts.addresses[0]}, not even to ARP",
            "check cable or Wi-Fi of that host, its power, its address, and client isolation of the access point",
        )
    elif facts.tcp == "unreachable":
        yield Finding(
            "path", Verdict.FAULT, f"there is no route to {peer}", "check netmask and routes: `ip route`"
        )
    else:
        yield Finding(
            "path",
            Verdict.FAULT,
            f"{peer} answers neither over TCP nor over UDP",
            "run `covey doctor --answer` there; if it does, a firewall drops both",
        )


def _udp(facts: PathFacts) -> Iterator[Finding]:
    series = facts.udp
    if not series.sent:
        return
    if not series.arrived:
        if facts.tcp == "connected":
            text = f"UDP to {facts.peer} and back is dropped, while TCP passes"
            yield Finding("udp", Verdict.FAULT, text, "a firewall drops UDP: accept it from the LAN")
        return
    text = (
        f"round trip {facts.round_trip * 1000:.1f} ms, {series.sent - series.arrived} of {series.sent} lost"
    )
    is_lossy = _loss(series) > _SOME_LOSS
    remedy = "a bad cable, weak Wi-Fi or an overloaded link; multicast suffers most" if is_lossy else ""
    verdict = Verdict.WARNING if is_lossy else Verdict.OK
    yield Finding("loss", Verdict.FAULT if _loss(series) > _BAD_LOSS else verdict, text, remedy)


def _loss(series: Series) -> float:
    return 1 - series.arrived / series.sent if series.sent else 0.0


def _handshake(facts: PathFacts) -> Iterator[Finding]:
    yield Finding("handshake", Verdict.OK, "both ends understand each other")
    if facts.same_secret:
        yield Finding("secret", Verdict.OK, "both ends have the same mesh and secret")
    elif facts.same_secret is False:
        yield Finding(
            "secret",
            Verdict.FAULT,
            f"{facts.peer} has another mesh or secret"
            if facts.peer_has_secret
            else f"{facts.peer} has no secret",
            "compare --mesh and the secret files of both",
        )
    elif facts.peer_has_secret:
        text = f"{facts.peer} has a secret and this end has none"
        yield Finding("secret", Verdict.FAULT, text, "give both the same --secret-file")


def _large(facts: PathFacts) -> Iterator[Finding]:
    series = facts.large
    if not series.sent or not facts.udp.arrived:
        return
    if series.arrived:
        yield Finding("mtu", Verdict.OK, f"packets of {facts.large_size} octets pass both ways")
    else:
        yield Finding(
            "mtu",
            Verdict.FAULT,
            f"packets of {facts.large_size} octets vanish, while small ones pass: the MTUs differ",
            "set the same MTU on both ends and in between (`ip link set DEV mtu N`)",
        )


def _clock(facts: PathFacts) -> Iterator[Finding]:
    offset = facts.clock_offset
    if abs(offset) > _SKEW:
        which = "ahead of" if offset > 0 else "behind"
        text = f"the clock of {facts.peer} is {abs(offset):.0f} s {which} ours"
        yield Finding("clock", Verdict.WARNING, text, "let NTP set both: timedatectl set-ntp true")
    else:
        yield Finding("clock", Verdict.OK, f"clocks differ by {abs(offset) * 1000:.0f} ms")


def _beacons(facts: PathFacts) -> Iterator[Finding]:
    peer = facts.peer
    kinds = {
        "broadcast": (facts.broadcast_out, facts.broadcast_in),
        "multicast": (facts.multicast_out, facts.multicast_in),
    }
    if not facts.is_on_link:
        text = f"{peer} is in no network of ours: beacons go no further than a link"
        yield Finding("beacon", Verdict.WARNING, text, "join the two by --etcd or a seed")
        return
    if all(not way.arrived for pair in kinds.values() for way in pair):
        yield Finding(
            "beacon",
            Verdict.FAULT,
            f"no beacon passes between {peer} and this host, neither broadcast nor multicast",
            "accept UDP port 5670 in the firewalls between; on Wi-Fi switch client isolation off",
        )
        return
    deaf = _deaf_ends(facts)
    for receiver, way in deaf.items():
        yield Finding(
            "beacon",
            Verdict.FAULT,
            f"no beacon {way} arrives, neither broadcast nor multicast",
            f"accept UDP port 5670 in the firewall of {receiver}, or in one between the two",
        )
    for kind, (outward, inward) in kinds.items():
        for way, series in ((f"to {peer}", outward), (f"from {peer}", inward)):
            if series.sent and not series.arrived and way not in deaf.values():
                yield Finding(kind, Verdict.FAULT, f"{kind} {way} does not arrive", _remedy(kind))
            elif series.arrived:
                text = f"{kind} {way} arrives ({series.arrived} of {series.sent})"
                verdict = Verdict.WARNING if _loss(series) >= 0.5 else Verdict.OK
                yield Finding(kind, verdict, text, _remedy(kind) if verdict else "")


def _deaf_ends(facts: PathFacts) -> dict[str, str]:
    """Return which end hears nothing of the other, with the way in words."""
    ends = {
        facts.peer: (f"to {facts.peer}", facts.broadcast_out, facts.multicast_out),
        "this host": (f"from {facts.peer}", facts.broadcast_in, facts.multicast_in),
    }
    return {
        end: way
        for end, (way, *series) in ends.items()
        if all(each.sent and not each.arrived for each in series)
    }


def _remedy(kind: str) -> str:
    if kind == "multicast":
        return "IGMP snooping without querier, or Wi-Fi that filters multicast; broadcast or --etcd help meanwhile"
    return "check that both netmasks are equal, and the firewalls' rules for UDP port 5670"
