from __future__ import annotations

from uuid import UUID

from covey.discovery.beacon.audience import Audience

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def test_a_node_is_a_newcomer_once() -> None:
    audience = Audience(10)
    assert [audience.heard(A, now) for now in (0.0, 0.1, 0.2)] == [True, False, False]
    assert (audience.regular, audience.total) == (1, 1)


def test_after_its_goodbye_it_is_a_newcomer_again() -> None:
    audience = Audience(10)
    audience.heard(A, 0.0)
    audience.left(A)
    assert audience.heard(A, 0.1)


def test_who_stays_is_not_pushed_out_by_passers_by() -> None:
    audience = Audience(10)
    audience.heard(A, 0.0)
    audience.heard(A, 0.1)
    for number in range(5000):
        audience.heard(UUID(int=100 + number), 0.2)
    assert not audience.heard(A, 0.3)
    assert (audience.regular, audience.total) == (1, 1025)


def test_regulars_are_bounded_too() -> None:
    audience = Audience(2)
    for uuid in (A, B, C):
        audience.heard(uuid, 0.0)
        audience.heard(uuid, 0.1)
    assert audience.regular == 2
    assert audience.heard(A, 0.2)


def test_the_silent_are_forgotten_passers_by_sooner() -> None:
    audience = Audience(10)
    for uuid in (A, A, B):
        audience.heard(uuid, 0.0)
    audience.forget_silent(11.0, 40.0)
    assert (audience.regular, audience.total) == (1, 1)
    audience.forget_silent(41.0, 40.0)
    assert audience.total == 0
