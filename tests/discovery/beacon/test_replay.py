from __future__ import annotations

from uuid import UUID

from covey.discovery.beacon.replay import ReplayGuard

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def test_accepts_only_what_is_newer() -> None:
    guard = ReplayGuard(10)
    assert [guard.accept(A, sequence) for sequence in (0, 0, 5, 4, 5, 6)] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]


def test_keeps_senders_apart() -> None:
    guard = ReplayGuard(10)
    assert guard.accept(A, 9)
    assert guard.accept(B, 1)


def test_is_bounded_and_forgets_the_longest_silent() -> None:
    guard = ReplayGuard(2)
    for sender, sequence in ((A, 1), (B, 1), (A, 2), (C, 1)):
        guard.accept(sender, sequence)
    assert len(guard) == 2
    assert not guard.accept(A, 2)
    assert guard.accept(B, 1)
