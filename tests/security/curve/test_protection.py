"""Key files with a guarded secret."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from covey.errors import KeyFileError, OptionError
from covey.security.curve.keys import CurveKeys
from covey.security.curve.protection import Protection, describe, save_keys
from covey.security.passphrase import Cost, WrongPassphrase, lock, unlock
from tests.tools.cli import covey_environment

CHEAP = Cost(1, 8)
META = {"name": "thermo-1", "covey-sign": "00" * 32}

FAKE_KEYRING = """
import json, os
_PATH = os.environ["FAKE_KEYRING"]
def _read():
    return json.load(open(_PATH)) if os.path.exists(_PATH) else {}
def set_password(service, name, secret):
    json.dump({**_read(), service + name: secret}, open(_PATH, "w"))
def get_password(service, name):
    return _read().get(service + name)
"""


def test_a_secret_under_a_passphrase_comes_back_with_it_only(tmp_path: Path) -> None:
    keys = CurveKeys.generate()
    save_keys(keys, tmp_path / "k", META, passphrase=b"pass", cost=CHEAP)
    text = (tmp_path / "k_secret").read_text()
    assert keys.secret not in text
    assert keys.secret_bytes.hex() not in text
    assert stat.S_IMODE(os.stat(tmp_path / "k_secret").st_mode) == 0o600
    assert CurveKeys.load(tmp_path / "k", lambda _: b"pass") == keys
    with pytest.raises(WrongPassphrase):
        CurveKeys.load(tmp_path / "k", lambda _: b"wrong")
    with pytest.raises(KeyFileError, match="passphrase"):
        CurveKeys.load(tmp_path / "k")
    facts = describe(tmp_path / "k")
    assert (facts.protection, dict(facts.metadata)) == (Protection.PASSPHRASE, META)


def test_nothing_secret_is_in_the_tracebacks(tmp_path: Path) -> None:
    keys = CurveKeys.generate()
    save_keys(keys, tmp_path / "k", META, passphrase=b"correct horse", cost=CHEAP)
    for wrong in (b"battery staple", b""):
        try:
            CurveKeys.load(tmp_path / "k", lambda _, wrong=wrong: wrong)  # type: ignore[misc]
        except OptionError as error:
            shown = "".join(traceback.format_exception(error))
        assert "staple" not in shown
        assert "horse" not in shown
        assert keys.secret not in shown
    assert keys.secret not in repr(keys)


def test_plain_files_are_czmqs(tmp_path: Path) -> None:
    keys = CurveKeys.generate()
    save_keys(keys, tmp_path / "k", META)
    assert CurveKeys.load(tmp_path / "k") == keys
    assert describe(tmp_path / "k").protection is Protection.CLEAR
    os.unlink(tmp_path / "k_secret")
    assert describe(tmp_path / "k").protection is Protection.NONE
    os.chmod(tmp_path / "k", 0o600)
    with pytest.raises(KeyFileError, match="secret-key"):
        CurveKeys.load(tmp_path / "k")


def test_a_swapped_public_key_does_not_open(tmp_path: Path) -> None:
    ours, others = CurveKeys.generate(), CurveKeys.generate()
    save_keys(ours, tmp_path / "k", META, passphrase=b"pass", cost=CHEAP)
    secret = tmp_path / "k_secret"
    secret.write_text(secret.read_text().replace(ours.public, others.public))
    with pytest.raises(WrongPassphrase):
        CurveKeys.load(tmp_path / "k", lambda _: b"pass")


@pytest.mark.parametrize(
    "kept",
    [
        "argon2id$1$8$00$00",
        "argon2id$1$8$" + "00" * 16 + "$",
        "argon2id$99$8$" + "00" * 16 + "$" + "00" * 60,
        "argon2id$1$99999999$" + "00" * 16 + "$" + "00" * 60,
        "argon2id$x$8$" + "00" * 16 + "$" + "00" * 60,
        "argon2id$",
    ],
)
def test_damaged_or_costly_secrets_are_refused_without_work(kept: str) -> None:
    with pytest.raises(OptionError, match="secret"):
        unlock(kept, b"pass", b"")


def test_locking_is_bound_to_its_context() -> None:
    text = lock(b"content", b"pass", b"here", CHEAP)
    assert unlock(text, b"pass", b"here") == b"content"
    with pytest.raises(WrongPassphrase):
        unlock(text, b"pass", b"there")
    assert lock(b"content", b"pass", b"here", CHEAP) != text


def test_files_say_nothing_that_breaks_them(tmp_path: Path) -> None:
    for name in ('a"b', "two\nlines", "a#b"):
        with pytest.raises(OptionError, match="printable"):
            save_keys(CurveKeys.generate(), tmp_path / "k", {"name": name})
    assert list(tmp_path.iterdir()) == []


def test_a_secret_in_the_systems_key_store_is_not_in_the_file(tmp_path: Path) -> None:
    package = tmp_path / "site" / "keyring"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(FAKE_KEYRING)
    (package / "errors.py").write_text("class KeyringError(Exception): pass\n")
    program = """
from covey.security.curve.keys import CurveKeys
from covey.security.curve.protection import describe, save_keys
keys = CurveKeys.generate()
save_keys(keys, "k", {"name": "n"}, in_key_store=True)
assert keys.secret not in open("k_secret").read()
assert CurveKeys.load("k") == keys
assert describe("k").protection.value == "keyring"
print("kept")
"""
    environment = covey_environment()
    environment |= {"FAKE_KEYRING": str(tmp_path / "store")}
    environment["PYTHONPATH"] += os.pathsep + str(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "kept\n", done.stderr
