"""Nodes left alone."""

from __future__ import annotations

from uuid import UUID

from covey.mesh.zre.quarantine import Quarantine


def test_holds_until_the_time_is_over() -> None:
    quarantine = Quarantine(10)
    quarantine.add(UUID(int=1), 5.0)
    assert quarantine.holds(UUID(int=1), 4.9)
    assert not quarantine.holds(UUID(int=1), 5.0)
    assert len(quarantine) == 0
    assert not quarantine.holds(UUID(int=2), 0.0)


def test_can_be_released_early() -> None:
    quarantine = Quarantine(10)
    quarantine.add(UUID(int=1), 5.0)
    quarantine.release(UUID(int=1))
    quarantine.release(UUID(int=2))
    assert not quarantine.holds(UUID(int=1), 0.0)


def test_a_flood_forgets_the_oldest() -> None:
    quarantine = Quarantine(100)
    for number in range(1000):
        quarantine.add(UUID(int=number), 5.0)
    assert len(quarantine) == 100
    assert not quarantine.holds(UUID(int=0), 0.0)
