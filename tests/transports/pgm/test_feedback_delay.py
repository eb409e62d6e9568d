from __future__ import annotations

import random
import statistics

from covey.transports.pgm.feedback_delay import BackOff, RoundTrip


def test_delays_are_bounded_and_lean_to_the_end() -> None:
    back_off = BackOff(0.005, 10, random.Random(1).randbytes)
    delays = [back_off.delay(0.0) for _ in range(2000)]
    assert min(delays) >= 0
    assert max(delays) <= 0.005
    assert statistics.median(delays) > 0.0035


def test_the_first_of_many_asks_well_before_the_median() -> None:
    back_off = BackOff(0.005, 20, random.Random(2).randbytes)
    firsts = [min(back_off.delay(0.0) for _ in range(20)) for _ in range(200)]
    assert statistics.median(firsts) < 0.0025


def test_a_short_round_trip_shortens_the_delay() -> None:
    back_off = BackOff(0.05, 10, random.Random(3).randbytes)
    assert max(back_off.delay(0.001) for _ in range(500)) <= 0.002


def test_waits_follow_the_measured_round_trip() -> None:
    trip = RoundTrip(0.2)
    unknown = trip.wait(1)
    for _ in range(50):
        trip.measured(0.05)
    assert unknown < trip.wait(1) < 0.1
    assert trip.smoothed > 0.04


def test_waits_grow_with_each_attempt_up_to_the_maximum() -> None:
    trip = RoundTrip(0.2)
    waits = [trip.wait(attempt) for attempt in range(1, 30)]
    assert waits == sorted(waits)
    assert waits[-1] == 0.2
