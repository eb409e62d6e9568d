from __future__ import annotations

from math import inf
from uuid import uuid4

import pytest

from covey.discovery.beacon.pace import BeaconSettings, Pace, phase_of


def sent_times(pace: Pace, until: float) -> list[float]:
    times = []
    while (when := pace.next_timeout()) <= until:
        if pace.is_due(when):
            times.append(round(when, 3))
    return times


def settled(known: int = 0) -> Pace:
    """A pace long past its start; its last beacon went out at 99, the next regular one comes at 100."""
    pace = Pace(BeaconSettings(burst=()))
    pace.nodes_known(known, known)
    pace.start(99.0)
    assert pace.is_due(99.0)
    return pace


def test_nothing_is_due_before_the_start_and_after_the_stop() -> None:
    pace = Pace(BeaconSettings())
    pace.newcomer_heard(1.0)
    assert pace.next_timeout() == inf
    pace.start(1.0)
    pace.stop()
    assert pace.next_timeout() == inf


def test_starts_at_once_with_a_burst_and_goes_on_every_interval() -> None:
    pace = Pace(BeaconSettings())
    pace.start(0.0)
    assert sent_times(pace, 3.5) == [0.0, 0.1, 0.3, 1.3, 2.3, 3.3]


def test_answers_a_newcomer_at_once() -> None:
    pace = settled()
    pace.newcomer_heard(99.5)
    assert pace.next_timeout() == 99.5
    assert pace.is_due(99.5)
    assert pace.last_was_answer


def test_one_beacon_answers_all_newcomers_of_a_moment() -> None:
    pace = settled()
    for step in range(50):
        pace.newcomer_heard(99.5 + step / 1000)
        while pace.next_timeout() <= 99.5 + step / 1000:
            pace.is_due(99.5 + step / 1000)
    assert sent_times(pace, 99.9) == [99.55]


def test_a_regular_beacon_serves_as_answer() -> None:
    pace = settled()
    pace.newcomer_heard(98.99)
    pace.newcomer_heard(99.02)
    assert sent_times(pace, 99.9) == [99.05]


def test_answers_grow_rarer_with_the_number_of_nodes() -> None:
    pace = settled(known=100)
    pace.newcomer_heard(99.5)
    assert pace.is_due(99.5)
    pace.newcomer_heard(99.6)
    assert pace.next_timeout() == pytest.approx(100.0)


@pytest.mark.parametrize(("known", "interval"), [(0, 1.0), (24, 1.0), (99, 4.0), (100_000, 60.0)])
def test_interval_stretches_so_that_a_segment_keeps_its_rate(known: int, interval: float) -> None:
    pace = Pace(BeaconSettings())
    pace.nodes_known(known, known)
    assert pace.interval == interval


def test_a_late_timer_sends_once_not_for_every_missed_interval() -> None:
    pace = settled()
    assert pace.is_due(500.0)
    assert pace.next_timeout() == 501.0


def crowd(known: int, phase: float) -> Pace:
    """A pace in a crowd, long past its start."""
    pace = Pace(BeaconSettings(burst=()), phase)
    pace.nodes_known(known, known)
    pace.start(0.0)
    pace.is_due(0.0)
    pace.is_due(1000.0)
    return pace


def test_nodes_of_a_crowd_answer_a_newcomer_one_after_the_other() -> None:
    answers = []
    for number in range(10):
        pace = crowd(1000, number / 10)
        pace.newcomer_heard(1001.0)
        answers.append(pace.next_timeout())
    assert answers == pytest.approx([1001.0 + 0.45 * number for number in range(10)])


def test_a_hundred_answer_at_once_whatever_their_phase() -> None:
    pace = crowd(100, 0.9)
    pace.newcomer_heard(1001.0)
    assert pace.next_timeout() == 1001.0


def test_nodes_that_started_together_do_not_go_on_together() -> None:
    regular = []
    for phase in (0.0, 0.25, 0.75):
        pace = Pace(BeaconSettings(burst=(0.1,)), phase)
        pace.start(0.0)
        pace.is_due(0.0)
        pace.nodes_known(999, 999)
        pace.is_due(0.1)
        first = pace.next_timeout()
        pace.is_due(first)
        regular.append((round(first, 3), round(pace.next_timeout() - first, 3)))
    assert regular == [(40.1, 40.0), (30.1, 40.0), (10.1, 40.0)]


def test_phases_of_random_uuids_are_spread() -> None:
    phases = sorted(phase_of(uuid4()) for _ in range(1000))
    assert phases[0] < 0.05
    assert 0.95 < phases[-1] < 1.0
