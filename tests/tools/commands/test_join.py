"""`covey join` and `covey authority`, in this process."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from covey.mesh.authority_trust import AuthorityTrust
from covey.security.curve.keys import load_public_key
from covey.security.trust.authority import Authority
from covey.security.trust.issuer import Issuer
from covey.tools.main import run

Covey = Callable[..., "Outcome"]


class Outcome:
    """What a command did."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        self.status = status
        self.output = output
        self.errors = errors

    @property
    def fields(self) -> dict[str, Any]:
        """What it printed as JSON."""
        found: dict[str, Any] = json.loads(self.output)
        return found


@pytest.fixture
def covey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Covey:
    """Run covey in a folder and a home of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*arguments: str, status: int = 0) -> Outcome:
        found = run(arguments)
        output, errors = capsys.readouterr()
        assert found == status, errors
        return Outcome(found, output, errors)

    return call


@pytest.fixture
def lab(covey: Covey, tmp_path: Path) -> Path:
    """Found the authority of mesh lab; return its folder."""
    covey("authority", "new", "lab", "--no-passphrase")
    return tmp_path / "lab.authority"


def join(covey: Covey, name: str, *options: str) -> Outcome:
    covey("join", "request", "--dir", name, "--name", name)
    return covey("join", "approve", f"{name}/request", "--yes", "--json", *options)


def test_two_commands_make_a_member(covey: Covey, lab: Path) -> None:
    asked = covey("join", "request", "--mesh", "lab", "--name", "kitchen", "--json").fields
    assert asked["request"].endswith("config/covey/lab/request")
    options = ["--role", "sensor", "--valid", "90d", "--publish", "temp/**", "--group", "", "--call", "heat"]
    approved = covey("join", "approve", asked["request"], "--yes", *options)
    assert asked["words"] in approved.errors
    assert asked["fingerprint"] in approved.errors
    member = Authority(os.path.dirname(asked["request"]))
    certificate = member.papers.membership.certificate
    assert (member.mesh, certificate.name, certificate.roles) == ("lab", "kitchen", ("sensor",))
    permissions = certificate.permissions
    assert permissions.publish.given == ("temp/**",)
    assert permissions.subscribe.is_everything
    assert permissions.groups.given == ()
    assert permissions.call.given == ("heat",)
    assert 89 < (certificate.not_after - certificate.not_before) / 86_400 < 91
    for file, mode in (("key_secret", 0o600), ("", 0o700)):
        found = os.stat(os.path.join(member.directory, file)).st_mode
        assert stat.S_IMODE(found) == mode


def test_a_membership_travels_as_text(covey: Covey, lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = covey("join", "request", "--dir", "m", "--name", "m").output
    Path("mail").write_text(f"Hello,\n\n{text}\nGreetings")
    covey("join", "approve", "mail", "--yes", "-o", "answer")
    accepted = covey("join", "accept", "answer", "--dir", "m", "--json").fields
    assert accepted["name"] == "m"
    assert accepted["authority"] == Issuer.load(lab, None).fingerprint.words
    assert Authority("m").name == "m"


def test_renewing_keeps_the_permissions(covey: Covey, lab: Path) -> None:
    join(covey, "m", "--publish", "t", "--valid", "30m")
    before = Authority("m").papers.membership.certificate
    covey("authority", "renew", "m", "--valid", "1y", "-o", "m/membership")
    after = Authority("m").papers.membership.certificate
    assert after.permissions == before.permissions
    assert after.not_after > before.not_after + 300 * 86_400
    assert after.serial != before.serial


def test_revoking_is_for_good_and_told(covey: Covey, lab: Path) -> None:
    join(covey, "m")
    join(covey, "n")
    done = covey("authority", "revoke", "m", "--through", "n", "--json").fields
    assert (done["revoked"], done["number"]) == (["m"], 1)
    assert Authority("n").papers.revocations.number == 1
    states = [json.loads(line)["state"] for line in covey("authority", "list", "--json").output.splitlines()]
    assert states == ["revoked", "valid"]
    assert "revoked" in covey("join", "approve", "m/request", "--yes", status=2).errors
    covey("join", "request", "--dir", "m", "--name", "m", "--new-keys")
    covey("join", "approve", "m/request", "--yes")
    assert Authority("m").name == "m"


def test_members_are_found_by_fingerprint_too(covey: Covey, lab: Path) -> None:
    digits = join(covey, "m").fields["fingerprint"]
    assert covey("authority", "revoke", digits, "--json").fields["revoked"] == ["m"]


def test_keys_under_a_passphrase_are_asked_for_it(covey: Covey, lab: Path) -> None:
    secret = Path("passphrase")
    secret.write_text("correct horse\n")
    secret.chmod(0o600)
    covey("join", "request", "--dir", "m", "--name", "m", "--passphrase-file", "passphrase")
    covey("join", "approve", "m/request", "--yes")
    refused = covey("peers", "--authority", "m", "--wait", "0", "--interface", "lo", status=2)
    assert "nobody to ask" in refused.errors
    secret.write_text("wrong\n")
    wrong = covey("peers", "--authority", "m", "--passphrase-file", "passphrase", status=2)
    assert "wrong" in wrong.errors


def test_mistakes_are_one_line_with_the_remedy(covey: Covey, lab: Path) -> None:
    join(covey, "m")
    Path("noise").write_text("no paper\n")
    covey("join", "request", "--dir", "other")
    for words, hint in (
        (("join", "approve", "m/request"), "--yes"),
        (("join", "approve", "missing", "--yes"), "no such file"),
        (("join", "approve", "noise", "--yes"), "COVEY JOIN REQUEST"),
        (("join", "approve", "m/membership", "--yes"), "no COVEY JOIN REQUEST"),
        (("join", "approve", "m/request", "--yes", "--valid", "soon"), "90d"),
        (("join", "approve", "m/request", "--yes", "--authority", "nowhere"), "no such file"),
        (("join", "accept", "m/membership", "--dir", "other"), "another machine's keys"),
        (("join", "accept", "m/request", "--dir", "m"), "no COVEY MEMBERSHIP"),
        (("authority", "new", "lab", "--no-passphrase"), "not overwritten"),
        (("authority", "new", "home"), "--passphrase-file"),
        (("authority", "revoke", "nobody"), "authority list"),
        (("authority", "renew", "nobody"), "authority list"),
        (("authority", "publish", "lab.authority/revocations"), "--authority DIR"),
        (("agent", "--authority", "other"), "approve"),
        (("agent", "--authority", "missing"), "missing"),
        (("agent", "--authority", "m", "--mesh", "home"), "membership of 'lab'"),
        (("agent", "--authority", "m", "--pinned", "x"), "give one"),
        (("agent", "--pinned", "x"), "--keys FILE"),
        (("agent", "--keys", "m/key"), "--pinned DIR"),
        (("agent", "--pinned", "missing", "--keys", "m/key"), "directory of certificates"),
        (("agent", "--trust", "secret"), "--secret-file FILE"),
    ):
        done = covey(*words, status=2)
        assert done.errors.count("\n") == done.errors.count("asks to join") * 3 + 1, (words, done.errors)
        assert hint in done.errors, (words, done.errors)
        assert "Traceback" not in done.errors


def test_several_authorities_are_told_apart(covey: Covey, lab: Path) -> None:
    covey("authority", "new", "home", "--no-passphrase")
    assert "home.authority, lab.authority" in covey("authority", "list", status=2).errors
    assert covey("authority", "list", "--authority", "home.authority").output == ""


def test_a_program_with_libzmq_is_certified_by_its_public_key_and_revoked_by_name(
    covey: Covey, lab: Path, tmp_path: Path
) -> None:
    join(covey, "m")
    covey("join", "accept", "m/membership", "--dir", "m")
    covey("keys", "new", "reader", "--json")
    done = covey(
        "authority", "admit", "reader", "--name", "reader", "--subscribe", "temp/**", "--json"
    ).fields
    assert (done["certificate"], done["permissions"]["subscribe"]) == ("reader.guest", ["temp/**"])
    os.rename("reader.guest", "m/reader.guest")
    trust = AuthorityTrust(Authority("m"), "lab")
    key = load_public_key("reader")
    assert trust.verdict(key, {}) == ""
    assert trust.permissions_of(key).subscribe.given == ("temp/**",)
    assert covey("authority", "revoke", "reader", "--through", "m", "--json").fields["revoked"] == ["reader"]
    assert "a revoked key" in AuthorityTrust(Authority("m"), "lab").verdict(key, {})
    assert "no such file" in covey("authority", "admit", "nothing", "--name", "n", status=2).errors


def test_what_is_no_guests_certificate_lets_nobody_in_and_is_told(
    covey: Covey, lab: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    join(covey, "m")
    covey("join", "accept", "m/membership", "--dir", "m")
    Path("m/odd.guest").write_text("garbage")
    covey("authority", "new", "other", "--no-passphrase", "--dir", "foreign")
    covey("keys", "new", "reader")
    covey("authority", "admit", "reader", "--name", "r", "--authority", "foreign", "-o", "m/foreign.guest")
    trust = AuthorityTrust(Authority("m"), "lab")
    assert trust.verdict(load_public_key("reader"), {}) == "no certificate"
    assert "odd.guest holds a certificate that cannot be read" in caplog.text
    assert "foreign.guest holds a certificate that this authority did not sign" in caplog.text
