from __future__ import annotations

import random
import tracemalloc
from itertools import pairwise

from covey.transports.pgm.loss_detector import MAX_ACTIVE, LossDetector
from covey.transports.pgm.settings import ReceiverSettings

SETTINGS = ReceiverSettings()


def make(settings: ReceiverSettings = SETTINGS) -> LossDetector:
    return LossDetector(settings, random.Random(1).randbytes)


def advance(detector: LossDetector, now: float) -> tuple[float, list[int], list[int]]:
    """Jump to the next deadline; return (now, asked, lost)."""
    timer = detector.next_timer()
    assert timer is not None
    now = max(now, timer)
    verdict = detector.handle_timer(now)
    return now, verdict.ask, verdict.lost


def test_one_gap_is_asked_for_at_once_after_a_short_back_off() -> None:
    detector = make()
    detector.add(5, 9, 0.0)
    now, ask, _ = advance(detector, 0.0)
    assert 0 <= now <= SETTINGS.back_off_max
    assert ask == [5, 6, 7, 8, 9]


def test_what_arrives_is_not_asked_for() -> None:
    detector = make()
    detector.add(5, 6, 0.0)
    assert detector.arrived(5, 0.0, is_repair=False)
    assert not detector.arrived(4, 0.0, is_repair=False)
    assert advance(detector, 0.0)[1] == [6]


def test_a_confirmation_silences_the_back_off() -> None:
    detector = make()
    detector.add(5, 5, 0.0)
    detector.confirmed(5, 0.0)
    now, ask, _ = advance(detector, 0.0)
    assert ask == []
    assert now >= 0.004
    assert advance(detector, now)[1] == [5]


def test_an_answer_that_may_lie_unread_is_waited_for_once_more() -> None:
    prompt, late = make(), make()
    for detector in (prompt, late):
        detector.add(5, 5, 0.0)
        assert advance(detector, 0.0)[1] == [5]
    now = late.next_timer() or 0.0
    assert late.handle_timer(now, 0.1).ask == []
    assert late.next_timer() == now + 0.1
    prompt.handle_timer(now)
    assert (prompt.next_timer() or 1.0) < now + 0.1
    late.handle_timer(now + 0.1, 0.1)
    asked_at, ask, _ = advance(late, now + 0.1)
    assert ask == [5]
    assert asked_at < now + 0.2


def test_an_unconfirmed_nak_is_repeated_ever_more_slowly() -> None:
    detector = make()
    detector.add(5, 5, 0.0)
    now = 0.0
    times: list[float] = []
    while len(times) < 8:
        now, ask, _ = advance(detector, now)
        if ask:
            times.append(now)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[-1] > 3 * gaps[0]
    assert gaps[-1] <= SETTINGS.confirm_max + SETTINGS.back_off_max


def test_a_packet_missing_too_long_is_lost() -> None:
    detector = make()
    detector.add(5, 5, 0.0)
    now = 0.0
    lost: list[int] = []
    while not lost:
        now, _, lost = advance(detector, now)
    assert lost == [5]
    assert 10.0 <= now < 10.5
    assert len(detector) == 0


def test_data_that_never_follows_its_confirmation_is_lost_after_its_retries() -> None:
    detector = make(ReceiverSettings(data_retries=3, give_up=1000.0))
    detector.add(5, 5, 0.0)
    now, asked = 0.0, 0
    lost: list[int] = []
    while not lost:
        now, ask, lost = advance(detector, now)
        asked += len(ask)
        for each in ask:
            detector.confirmed(each, now)
    assert asked == 4


def test_the_round_trip_shortens_the_next_back_off() -> None:
    detector = make()
    for number in range(20):
        detector.add(number, number, float(number))
        now, _, _ = advance(detector, float(number))
        detector.confirmed(number, now + 0.0002)
        detector.arrived(number, now + 0.0003, is_repair=True)
    assert 0.0002 < detector.round_trip < 0.0004
    detector.add(100, 100, 100.0)
    assert advance(detector, 100.0)[0] <= 100.0006


def test_reordering_delays_the_next_naks_for_a_while() -> None:
    detector = make()
    detector.add(1, 1, 0.0)
    detector.arrived(1, 0.004, is_repair=False)
    detector.add(2, 2, 1.0)
    assert advance(detector, 1.0)[0] >= 1.004


def test_a_gap_of_any_width_costs_little_memory() -> None:
    detector = make()
    detector.add(0, 2**30, 0.0)
    assert len(detector) == MAX_ACTIVE
    _, ask, _ = advance(detector, 0.0)
    assert len(ask) == MAX_ACTIVE
    detector.arrived(0, 1.0, is_repair=True)
    assert len(detector) == MAX_ACTIVE
    assert MAX_ACTIVE in detector


def test_waiting_ranges_are_cut_by_what_arrives() -> None:
    detector = make()
    detector.add(0, MAX_ACTIVE - 1, 0.0)
    detector.add(10_000, 10_010, 0.0)
    assert detector.arrived(10_005, 0.0, is_repair=False)
    assert detector.arrived(10_000, 0.0, is_repair=False)
    assert not detector.arrived(10_005, 0.0, is_repair=False)
    detector.drop_before(MAX_ACTIVE, 0.0)
    assert [each for each in range(9_999, 10_012) if each in detector] == [
        *range(10_001, 10_005),
        *range(10_006, 10_011),
    ]


def test_what_left_the_window_is_forgotten() -> None:
    detector = make()
    detector.add(0, 9, 0.0)
    detector.drop_before(7, 0.0)
    assert advance(detector, 0.0)[1] == [7, 8, 9]
    detector.drop_before(100, 0.0)
    assert detector.next_timer() is None


def test_a_postponed_packet_can_be_hastened() -> None:
    detector = make()
    detector.add(3, 3, 0.0)
    now, _, _ = advance(detector, 0.0)
    detector.postpone(3, now + 5)
    detector.hasten(range(3, 4), now)
    assert advance(detector, now)[0] < now + 0.01


def test_ranges_noted_one_after_another_are_kept_as_few() -> None:
    detector = make()
    detector.add(0, MAX_ACTIVE - 1, 0.0)
    tracemalloc.start()
    try:
        for sequence in range(MAX_ACTIVE, MAX_ACTIVE + 20_000):
            detector.add(sequence, sequence, sequence * 1e-5)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken < 20_000
    for sequence in range(MAX_ACTIVE + 500, MAX_ACTIVE + 20_000, 2):
        assert detector.arrived(sequence, 1.0, is_repair=False)
        assert not detector.arrived(sequence, 1.0, is_repair=False)
    detector.drop_before(MAX_ACTIVE + 501, 1.0)
    assert len(detector) == MAX_ACTIVE
    assert MAX_ACTIVE + 501 in detector
    assert MAX_ACTIVE + 502 not in detector
    assert MAX_ACTIVE + 503 in detector
