from __future__ import annotations

from math import inf

import pytest

from covey.discovery.liveness.accrual import Accrual


def steady(pause: float, count: int = 100) -> Accrual:
    accrual = Accrual(1.0, 0.0)
    for number in range(1, count + 1):
        accrual.heard(number * pause)
    return accrual


def test_suspicion_grows_with_silence() -> None:
    accrual = steady(1.0)
    grown = [accrual.suspicion(100.0 + silence) for silence in (0.5, 1.0, 1.2, 1.5, 2.0)]
    assert grown == sorted(grown)
    assert grown[1] == pytest.approx(0.3, abs=0.05)
    assert grown[-1] > 8


def test_endless_silence_is_infinitely_suspicious() -> None:
    assert steady(1.0).suspicion(1e9) == inf
    assert steady(1.0).suspicion(-1e9) == 0


def test_learns_a_slower_rhythm() -> None:
    accrual = steady(4.0)
    assert accrual.mean == pytest.approx(4.0, rel=0.01)
    assert accrual.suspicion(accrual.last_heard + 4.5) < 2


def test_an_irregular_node_is_suspected_later() -> None:
    accrual = Accrual(1.0, 0.0)
    now = 0.0
    for number in range(200):
        now += 0.5 if number % 2 else 1.5
        accrual.heard(now)
    assert accrual.deviation == pytest.approx(0.5, rel=0.2)
    assert accrual.suspicion(now + 2.0) < steady(1.0).suspicion(102.0)


def test_a_burst_does_not_quicken_the_rhythm() -> None:
    accrual = steady(1.0)
    for number in range(50):
        accrual.heard(100.0 + number / 1000)
    assert accrual.mean == pytest.approx(1.0, rel=0.01)


def test_a_stand_still_of_our_own_is_excused() -> None:
    accrual = steady(1.0)
    accrual.excuse(10.0, 110.0)
    assert accrual.last_heard == 110.0
    assert accrual.suspicion(110.5) < 1


def test_an_excuse_reaches_no_further_than_now() -> None:
    accrual = steady(1.0)
    accrual.excuse(60.0, 110.0)
    assert accrual.last_heard == 110.0
