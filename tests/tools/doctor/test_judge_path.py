from __future__ import annotations

from covey.tools.doctor.finding import Verdict, worst
from covey.tools.doctor.judge_path import judge_path
from covey.tools.doctor.path_facts import PathFacts, Series
from covey.values import replace

FINE = Series(5, 5)
LOST = Series(5, 0)
HEALTHY = PathFacts(
    peer="box",
    addresses=("10.0.0.2",),
    tcp="connected",
    udp=FINE,
    large=FINE,
    large_size=1500,
    round_trip=0.001,
    handshake=True,
    broadcast_out=FINE,
    broadcast_in=FINE,
    multicast_out=FINE,
    multicast_in=FINE,
)


def faults(**changes: object) -> list[str]:
    found = judge_path(replace(HEALTHY, **changes))
    return [each.check for each in found if each.verdict is Verdict.FAULT and each.remedy]


def test_a_healthy_path_is_well() -> None:
    assert worst(judge_path(HEALTHY)) is Verdict.OK


def test_each_fact_has_its_fault() -> None:
    assert faults(addresses=()) == ["names"]
    assert faults(handshake=False) == ["handshake"]
    assert faults(udp=LOST) == ["udp"]
    assert faults(tcp="unreachable", udp=LOST, handshake=False) == ["path"]
    assert faults(tcp="silent", udp=LOST, handshake=False) == ["path"]
    assert faults(tcp="silent", handshake=False) == ["tcp"]
    assert faults(broadcast_in=LOST) == ["broadcast"]
    assert faults(multicast_out=LOST, multicast_in=LOST) == ["multicast", "multicast"]
    assert faults(same_secret=False) == ["secret"]


def test_beacons_are_not_missed_beyond_the_link() -> None:
    lost = dict.fromkeys(("broadcast_out", "broadcast_in", "multicast_out", "multicast_in"), LOST)
    found = judge_path(replace(HEALTHY, is_on_link=False, **lost))
    assert worst(found) is Verdict.WARNING


def test_a_clock_that_is_off_is_a_warning() -> None:
    assert worst(judge_path(replace(HEALTHY, clock_offset=-60.0))) is Verdict.WARNING


def test_a_doctor_that_did_not_answer_over_a_lossy_path_is_not_accused() -> None:
    facts = PathFacts("h2", ("10.0.0.2",), tcp="connected", udp=Series(20, 10))
    found = {finding.check: finding for finding in judge_path(facts)}
    assert found["handshake"].verdict is Verdict.WARNING
    assert "lost" in found["handshake"].text
    assert found["loss"].verdict is Verdict.FAULT
