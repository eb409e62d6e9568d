"""Who is a member at a moment."""

from __future__ import annotations

import pytest

from covey.errors import ProtocolError
from covey.security.trust import roll as roll_module
from covey.security.trust.certificate import Certificate
from covey.security.trust.revocations import RevocationList
from covey.security.trust.roll import Refusal, RefusedCertificate, Roll
from covey.security.trust.signing import Signer
from tests.security.trust.helpers import AUTHORITY, NOW, certificate_for, keys_of

KEYS, OTHER = keys_of(1), keys_of(2)
EMPTY = RevocationList("lab", 0, 0)


def new_roll() -> Roll:
    return Roll(AUTHORITY.public_bytes, "lab", EMPTY)


def refusal(roll: Roll, data: bytes, now: float = NOW) -> Refusal:
    verdict = roll.examine(data, KEYS.public_bytes, now)
    assert isinstance(verdict, RefusedCertificate)
    return verdict.refusal


def test_a_good_certificate_makes_a_member() -> None:
    roll = new_roll()
    assert roll.certificate_of(KEYS.public_bytes, NOW) is None
    certificate = certificate_for(KEYS)
    for _ in range(2):
        assert roll.examine(certificate.encode(), KEYS.public_bytes, NOW) == certificate
    assert roll.certificate_of(KEYS.public_bytes, NOW) == certificate


def test_everything_else_is_refused_and_says_why() -> None:
    roll = new_roll()
    assert refusal(roll, b"") is Refusal.MISSING
    assert refusal(roll, b"noise") is Refusal.MALFORMED
    assert refusal(roll, certificate_for(KEYS, authority=Signer(b"B" * 32)).encode()) is Refusal.FORGED
    assert refusal(roll, certificate_for(KEYS, mesh="home").encode()) is Refusal.FOREIGN
    assert refusal(roll, certificate_for(OTHER).encode()) is Refusal.STOLEN
    assert refusal(roll, certificate_for(KEYS).encode(), NOW - 2000) is Refusal.EARLY
    assert refusal(roll, certificate_for(KEYS).encode(), NOW + 2000) is Refusal.EXPIRED


def test_certificates_run_out() -> None:
    roll = new_roll()
    roll.examine(certificate_for(KEYS).encode(), KEYS.public_bytes, NOW)
    assert roll.next_expiry(NOW) == NOW + 1000
    assert roll.expired(NOW + 1000) == ()
    assert roll.expired(NOW + 1001) == (KEYS.public_bytes,)
    assert roll.certificate_of(KEYS.public_bytes, NOW + 1001) is None
    assert roll.next_expiry(NOW + 1001) is None
    renewed = certificate_for(KEYS, not_after=NOW + 9000)
    roll.examine(renewed.encode(), KEYS.public_bytes, NOW + 1001)
    assert roll.expired(NOW + 1001) == ()
    old = certificate_for(KEYS)
    assert isinstance(roll.examine(old.encode(), KEYS.public_bytes, NOW), Certificate)
    assert roll.certificate_of(KEYS.public_bytes, NOW) == renewed


def test_a_newer_list_puts_members_out_and_an_older_one_lets_nobody_back() -> None:
    roll = new_roll()
    roll.examine(certificate_for(KEYS).encode(), KEYS.public_bytes, NOW)
    first = EMPTY.with_keys([OTHER.public_bytes], NOW).signed(AUTHORITY)
    second = first.with_keys([KEYS.public_bytes], NOW).signed(AUTHORITY)
    assert roll.take_revocations(first.encode()) == ()
    assert roll.take_revocations(second.encode()) == (KEYS.public_bytes,)
    assert roll.take_revocations(second.encode()) is None
    assert roll.take_revocations(first.encode()) is None
    assert roll.certificate_of(KEYS.public_bytes, NOW) is None
    assert refusal(roll, certificate_for(KEYS, not_after=NOW + 5000).encode()) is Refusal.REVOKED
    last = roll.last_known(KEYS.public_bytes)
    assert last is not None
    assert last.name == "thermo-1"


def test_lists_of_others_are_refused() -> None:
    roll = new_roll()
    for forged in (
        EMPTY.with_keys([KEYS.public_bytes], NOW).signed(Signer(b"B" * 32)),
        RevocationList("home", 0, 0).with_keys([KEYS.public_bytes], NOW).signed(AUTHORITY),
    ):
        with pytest.raises(ProtocolError, match="did not sign"):
            roll.take_revocations(forged.encode())
    with pytest.raises(ProtocolError):
        roll.take_revocations(b"noise")
    assert roll.revocations.number == 0


def test_it_remembers_so_many_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_module, "MAX_CERTIFICATES", 3)
    roll = new_roll()
    everybody = [keys_of(number) for number in range(1, 6)]
    for keys in everybody:
        roll.examine(certificate_for(keys).encode(), keys.public_bytes, NOW)
    known = [roll.last_known(keys.public_bytes) is not None for keys in everybody]
    assert known == [False, False, True, True, True]
