"""Seals that only members open, with signatures inside."""

from __future__ import annotations

import pytest

from covey.security.secret import Secret
from covey.security.trust import signed_seal
from covey.security.trust.authority import AuthorityKeys
from covey.security.trust.revocations import RevocationList
from covey.security.trust.roll import Roll
from covey.security.trust.signed_seal import SIGNED_OVERHEAD, Opened, SignedSealer, short_id
from covey.security.trust.signing import Signer, is_signed
from tests.security.trust.helpers import AUTHORITY, NOW, certificate_for, keys_of

ALICE, BOB = keys_of(1), keys_of(2)
SECRET = Secret(b"S" * 32)


def member(number: int, *seen: int, secret: Secret = SECRET) -> SignedSealer:
    """Return the sealer of a member that saw the certificates of these."""
    roll = Roll(AUTHORITY.public_bytes, "lab", RevocationList("lab", 0, 0))
    for one in seen:
        keys = keys_of(one)
        roll.examine(certificate_for(keys).encode(), keys.public_bytes, NOW)
    keys = keys_of(number)
    return SignedSealer(
        AuthorityKeys(secret, "lab", roll), Signer.of_member(keys), short_id(keys.public_bytes)
    )


def test_who_signed_is_known_once_its_certificate_was_seen() -> None:
    data = member(2).seal(b"body", b"place")
    assert len(data) == len(b"body") + SIGNED_OVERHEAD
    assert member(1, 2).open_from(data, b"place") == Opened(b"body", BOB.public_bytes)
    assert member(1).open_from(data, b"place") == Opened(b"body", None)
    assert member(1, 2).open(data, b"place") == b"body"


def test_records_cannot_be_moved() -> None:
    data = member(2).seal(b"body", b"place")
    assert member(1, 2).open(data, b"elsewhere") is None
    assert member(1, 2).open(data) is None


def test_others_open_nothing() -> None:
    data = member(2).seal(b"body")
    assert member(1, 2, secret=Secret(b"T" * 32)).open(data) is None
    assert data != member(2).seal(b"body")


def test_forgeries_never_cost_a_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    original = is_signed

    def counted(*arguments: object) -> bool:
        looked.append(arguments)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(signed_seal, "is_signed", counted)
    hears = member(1, 2)
    data = member(2).seal(b"body")
    for at in range(len(data)):
        assert hears.open(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]) is None
    assert looked == []
    for _ in range(5):
        assert hears.open(data) == b"body"
    assert len(looked) == 1


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_seal, "_REMEMBERED", 3)
    hears, says = member(1, 2), member(2)
    for _ in range(10):
        hears.open(says.seal(b"body"))
    assert len(hears._verified) == 3
