from __future__ import annotations

import random

from covey.tools.demo.ledger import Ledger


def ledger(*arrivals: tuple[str, int]) -> Ledger:
    made = Ledger()
    for sender, number in arrivals:
        made.note(sender, number)
    return made


def test_what_came_once_and_in_order_leaves_nothing_missing() -> None:
    made = ledger(("a", 0), ("b", 0), ("a", 1))
    assert made.missing({"a": 2, "b": 1}) == {}
    assert (made.received, made.faults) == (3, 0)


def test_gaps_ends_and_whole_senders_are_missed() -> None:
    made = ledger(("a", 1), ("b", 0))
    assert made.missing({"a": 2, "b": 3, "c": 4}) == {"a": 1, "b": 2, "c": 4}


def test_a_repeated_reading_does_not_hide_a_lost_one() -> None:
    made = ledger(("a", 0), ("a", 0))
    assert made.missing({"a": 2}) == {"a": 1}
    assert made.faults == 1


def test_any_order_is_received_whole_but_noticed() -> None:
    numbers = list(range(50))
    random.Random(4).shuffle(numbers)
    made = ledger(*(("a", number) for number in numbers))
    assert made.missing({"a": 50}) == {}
    assert made.faults > 0
