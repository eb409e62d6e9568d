"""Counting what was refused, and telling it now and then."""

from __future__ import annotations

from covey.mesh import Offence, Refused
from covey.mesh.audit import Audit


def test_repetitions_are_told_together() -> None:
    told: list[Refused] = []
    audit = Audit(told.append)
    for second in range(25):
        audit.note(Offence.HANDSHAKE, f"10.0.0.9:{40_000 + second}", "", "unknown key", float(second))
    assert [(one.source, one.count, one.total) for one in told] == [
        ("10.0.0.9:40000", 1, 1),
        ("10.0.0.9:40010", 10, 11),
        ("10.0.0.9:40020", 10, 21),
    ]
    assert audit.counts()["handshake"] == 25


def test_different_offences_are_told_apart() -> None:
    told: list[Refused] = []
    audit = Audit(told.append)
    audit.note(Offence.PERMISSION, "a:1", "kitchen", "may not publish on 'x'", 0.0)
    audit.note(Offence.PERMISSION, "a:1", "cellar", "may not publish on 'x'", 0.0)
    audit.note(Offence.REPLAY, "a", "", "a recorded announcement", 0.0)
    assert [one.offence for one in told] == [Offence.PERMISSION, Offence.PERMISSION, Offence.REPLAY]
    assert [one.total for one in told] == [1, 2, 1]


def test_many_different_offences_are_told_at_a_bounded_rate() -> None:
    told: list[Refused] = []
    audit = Audit(told.append)
    for number in range(10_000):
        audit.note(
            Offence.HANDSHAKE, f"10.{number >> 8}.{number & 255}.1:5", "", "unknown key", number / 1000
        )
    assert 50 <= len(told) <= 50 + 10 * 10 + 1
    assert audit.counts()["handshake"] == 10_000
    assert len(audit._told) <= 1024
