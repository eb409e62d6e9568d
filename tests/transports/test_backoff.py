"""The delays between two tries."""

from __future__ import annotations

from covey.transports.backoff import Backoff


def test_delays_double_up_to_the_maximum() -> None:
    backoff = Backoff(0.1, 1.0, lambda: 0.0)
    assert [round(backoff.next_delay(), 3) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_jitter_cuts_up_to_half() -> None:
    assert Backoff(1.0, 8.0, lambda: 0.999999).next_delay() > 0.5


def test_without_a_maximum_the_base_gets_jitter_on_top() -> None:
    backoff = Backoff(0.1, 0.0, lambda: 0.5)
    assert [round(backoff.next_delay(), 3) for _ in range(3)] == [0.15] * 3


def test_reset_begins_anew() -> None:
    backoff = Backoff(0.1, 10.0, lambda: 0.0)
    for _ in range(100):
        backoff.next_delay()
    backoff.reset()
    assert backoff.next_delay() == 0.1
