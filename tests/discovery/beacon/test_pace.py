from __future__ import annotations

from math import inf

import pytest

from covey.discovery.beacon.pace import Pace
from covey.discovery.beacon.settings import BeaconSettings


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
