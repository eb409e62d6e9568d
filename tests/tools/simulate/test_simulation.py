from __future__ import annotations

import pytest

from covey.tools.simulate.scenario import Scenario
from covey.tools.simulate.simulation import simulate


def test_the_same_seed_gives_the_same_outcome_and_another_one_others() -> None:
    short = Scenario(6, busy=90.0, calm=20.0, churn=1.0)
    first = simulate(short)
    assert simulate(short) == first
    assert simulate(Scenario(6, busy=90.0, calm=20.0, churn=1.0, seed=2)) != first


@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_everybody_is_found_and_nobody_wrongly_lost(loss: float) -> None:
    outcome = simulate(Scenario(12, busy=90.0, calm=20.0, loss=loss, churn=1.0, partition=0.0, seed=2))
    assert outcome.known_all < (0.2 if loss == 0 else 5.0)
    assert (outcome.missing, outcome.ghosts) == (0, 0)
    assert (
        outcome.false_verdicts == 0 or loss > 0
    )  # who stands still and whose packets are lost may look dead
    assert outcome.verdicts > 20
    assert outcome.detected_median < (2.0 if loss == 0 else 5.0)
    assert outcome.answers_start > 11


def test_a_crowd_keeps_the_rate_of_its_segment() -> None:
    outcome = simulate(Scenario(150, busy=0.0, calm=40.0, churn=0.0, partition=0.0, listeners=2))
    assert outcome.known_all < 1.0
    assert 10 < outcome.beacons_steady < 35
    assert (outcome.verdicts, outcome.missing, outcome.ghosts, outcome.overrun) == (0, 0, 0, 0)


def test_halves_that_were_cut_apart_know_each_other_again() -> None:
    outcome = simulate(Scenario(10, busy=40.0, calm=20.0, churn=0.0, partition=20.0))
    assert outcome.verdicts == 2 * 5 * 5
    assert outcome.healed < 2.0
    assert (outcome.false_verdicts, outcome.missing) == (0, 0)
