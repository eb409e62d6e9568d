from __future__ import annotations

from covey.transports.pgm.prodder import Prodder


def test_nothing_is_prodded_before_something_is_promised() -> None:
    assert Prodder().deadline is None
    assert not Prodder().is_due(1.0)


def test_a_repair_is_answered_at_once() -> None:
    prodder = Prodder()
    prodder.repaired(1.0)
    assert prodder.is_due(1.0)
    prodder.prodded(1.0)
    assert not prodder.is_due(1.0)


def test_a_promise_not_kept_is_recalled_ever_more_slowly() -> None:
    prodder = Prodder()
    prodder.confirmed(1.0)
    now, pauses = 1.0, []
    for _ in range(8):
        assert prodder.deadline is not None
        pauses.append(prodder.deadline - now)
        now = prodder.deadline
        prodder.prodded(now)
    assert pauses == sorted(pauses)
    assert 0.05 < pauses[-1] <= 0.11
    prodder.repaired(now)
    prodder.prodded(now)
    assert prodder.deadline is not None
    assert prodder.deadline - now < 0.01


def test_it_rests_when_nothing_is_promised_any_more() -> None:
    prodder = Prodder()
    prodder.repaired(1.0)
    prodder.rest()
    assert not prodder.is_due(9.0)
