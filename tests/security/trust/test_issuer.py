"""The authority's folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from covey.errors import KeyFileError, OptionError
from covey.security.passphrase import Cost, WrongPassphrase
from covey.security.trust.issuer import Issuer
from covey.security.trust.membership import Membership
from covey.values import replace
from tests.security.trust.helpers import NOW, certificate_for, keys_of

CHEAP = Cost(1, 8)
KEYS = keys_of(1)


def found(folder: Path, passphrase: bytes | None = None) -> Issuer:
    return Issuer.found(folder / "authority", "lab", passphrase, CHEAP)


def test_an_authority_approves_finds_and_revokes(tmp_path: Path) -> None:
    found(tmp_path)
    issuer = Issuer.load(tmp_path / "authority", None)
    membership = Membership.decode(issuer.issue(certificate_for(KEYS)))
    assert membership.authority == issuer.public_key
    assert membership.certificate.is_issued_by(issuer.public_key)
    assert [one.name for one in issuer.find("thermo-1")] == ["thermo-1"]
    assert issuer.find("nobody") == []
    assert issuer.revoke([KEYS.public_bytes], NOW).number == 1
    assert issuer.revocations().names(KEYS.public_bytes)
    with pytest.raises(OptionError, match="revoked"):
        issuer.issue(certificate_for(KEYS))
    with pytest.raises(OptionError, match="lab"):
        issuer.issue(replace(certificate_for(KEYS), mesh="home"))


def test_its_secret_is_the_owners_alone(tmp_path: Path) -> None:
    issuer = found(tmp_path)
    secret = tmp_path / "authority" / "authority_secret"
    assert stat.S_IMODE(os.stat(secret).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(tmp_path / "authority" / "members").st_mode) == 0o700
    os.chmod(secret, 0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Issuer.load(tmp_path / "authority", None)
    assert secret.read_text().split('kept = "')[1][:32] not in repr(issuer)


def test_a_passphrase_is_needed_where_there_is_one(tmp_path: Path) -> None:
    issuer = found(tmp_path, b"correct horse")
    folder = tmp_path / "authority"
    assert Issuer.load(folder, lambda _: b"correct horse").public_key == issuer.public_key
    with pytest.raises(WrongPassphrase):
        Issuer.load(folder, lambda _: b"wrong")
    with pytest.raises(KeyFileError, match="passphrase"):
        Issuer.load(folder, None)


def test_no_authority_is_overwritten(tmp_path: Path) -> None:
    found(tmp_path)
    with pytest.raises(KeyFileError, match="exists already"):
        found(tmp_path)


@pytest.mark.parametrize("damage", ["", "metadata\n    mesh = lab\n", "no zpl at all = ["])
def test_damaged_files_are_told(tmp_path: Path, damage: str) -> None:
    found(tmp_path)
    secret = tmp_path / "authority" / "authority_secret"
    secret.write_text(damage)
    with pytest.raises(KeyFileError, match="not the key of an authority"):
        Issuer.load(tmp_path / "authority", None)


def test_foreign_lists_and_members_are_told(tmp_path: Path) -> None:
    issuer, other = found(tmp_path), found(tmp_path / "other")
    other.issue(certificate_for(KEYS))
    other.revoke([KEYS.public_bytes], NOW)
    folder, others = tmp_path / "authority", tmp_path / "other" / "authority"
    (folder / "revocations").write_text((others / "revocations").read_text())
    with pytest.raises(KeyFileError, match="did not sign"):
        issuer.revocations()
    for member in (others / "members").iterdir():
        (folder / "members" / member.name).write_text(member.read_text())
    with pytest.raises(KeyFileError, match="did not sign"):
        issuer.members()
