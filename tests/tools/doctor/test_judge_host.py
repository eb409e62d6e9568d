from __future__ import annotations

from covey.discovery.interface_table import Flag, Hardware, Interface
from covey.discovery.interfaces import Candidate
from covey.tools.doctor.finding import Finding, Verdict, worst
from covey.tools.doctor.firewall import Obstacle
from covey.tools.doctor.host_facts import HostFacts, LanFacts, Stranger
from covey.tools.doctor.judge_host import judge_host, judge_lan
from covey.values import replace

FLAGS = Flag.UP | Flag.BROADCAST | Flag.MULTICAST
ETHERNET = Candidate(
    Interface("eth0", 2, FLAGS, Hardware.ETHERNET, 4, "10.0.0.7", 24), is_used=True, reason="is up"
)
HEALTHY = HostFacts(
    candidates=(ETHERNET,),
    mtus={"eth0": 1500},
    firewall_readable=True,
    host_name="box",
    host_addresses=("10.0.0.7",),
    now=1.8e9,
    tipc="works",
    tipc_available=True,
)
SENT = {("eth0", "broadcast"): 3}


def of(check: str, findings: list[Finding]) -> Finding:
    (found,) = (finding for finding in findings if finding.check == check)
    return found


def test_a_healthy_host_is_well() -> None:
    assert worst(judge_host(HEALTHY)) is Verdict.OK


def test_each_fact_has_its_finding() -> None:
    ill = replace(
        HEALTHY,
        mtus={"eth0": 576},
        firewall=(Obstacle("tcp", 0, "ip filter INPUT", is_policy=True),),
        has_multicast_route=False,
        host_addresses=(),
        snooping_bridges=("br0",),
        now=0.5,
    )
    findings = judge_host(ill)
    for check in ("mtu", "firewall", "multicast route", "names", "igmp"):
        found = of(check, findings)
        assert (found.verdict, bool(found.remedy)) == (Verdict.WARNING, True), check
    assert of("clock", findings).verdict is Verdict.FAULT


def test_a_program_that_shares_the_port_is_no_trouble() -> None:
    found = of("port", judge_host(replace(HEALTHY, port_owners=("zyre (7)",))))
    assert (found.verdict, "shared with zyre (7)" in found.text) == (Verdict.OK, True)


def test_an_address_without_dhcp_is_told() -> None:
    own = Candidate(replace(ETHERNET.interface, address="169.254.3.4"), is_used=True, reason="is up")
    assert worst(judge_host(replace(HEALTHY, candidates=(own,)))) is Verdict.WARNING


def test_strangers_are_counted_by_host() -> None:
    strangers = tuple(Stranger(f"10.0.0.{number}", "sealed", "eth0") for number in (1, 2, 3))
    findings = judge_lan(LanFacts(SENT, {}, SENT, (*strangers, *strangers)), HEALTHY)
    assert "3 hosts with nodes of another mesh or secret" in of("neighbours", findings).text


def test_a_clock_that_runs_ahead_is_told() -> None:
    ahead = Stranger("10.0.0.1", "ours", "eth0", clock_ahead=90.0)
    assert "90 s ahead" in of("clock", judge_lan(LanFacts(SENT, {}, SENT, (ahead,)), HEALTHY)).text


def test_what_the_kernel_refuses_is_a_fault() -> None:
    refused = {("eth0", "broadcast"): "no"}
    assert of("beacon", judge_lan(LanFacts(refused=refused), HEALTHY)).verdict is Verdict.FAULT


def test_a_querier_is_judged_by_how_long_was_listened() -> None:
    def verdict(seen: int | None, listened: float) -> Verdict:
        return of("igmp", judge_lan(LanFacts(listened=listened, queries_seen=seen), HEALTHY)).verdict

    assert verdict(1, 2.0) is Verdict.OK
    assert verdict(0, 2.0) is verdict(None, 200.0) is Verdict.NOTE
    assert verdict(0, 130.0) is Verdict.WARNING
