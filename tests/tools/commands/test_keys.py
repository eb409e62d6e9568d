"""`covey keys` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from covey.security.curve.keys import CurveKeys, load_public_key
from tests.tools.cli import covey_command, covey_environment, run_covey

PASSPHRASE = "correct horse battery"


@pytest.fixture
def passphrase_file(tmp_path: Path) -> str:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    path.chmod(0o600)
    return str(path)


def test_keys_are_made_shown_listed_and_replaced(tmp_path: Path, passphrase_file: str) -> None:
    first = str(tmp_path / "thermo-1")
    made = run_covey("keys", "new", first, "--passphrase-file", passphrase_file, "--json")
    assert made.returncode == 0, made.stderr
    public = json.loads(made.stdout)["public_key"]
    assert json.loads(run_covey("keys", "show", first, "--json").stdout)["public_key"] == public
    listed = [
        json.loads(line) for line in run_covey("keys", "list", str(tmp_path), "--json").stdout.splitlines()
    ]
    assert [(one["name"], one["protection"]) for one in listed] == [("thermo-1", "passphrase")]
    rotated = run_covey("keys", "rotate", first, "--passphrase-file", passphrase_file, "--json")
    assert rotated.returncode == 0, rotated.stderr
    assert json.loads(rotated.stdout)["protection"] == "passphrase"
    assert json.loads(rotated.stdout)["public_key"] != public
    loaded = CurveKeys.load(first, lambda _: PASSPHRASE.encode())
    assert loaded.public == json.loads(rotated.stdout)["public_key"]
    assert load_public_key(first + ".old") != loaded.public_bytes
    for done in (made, rotated):
        assert PASSPHRASE not in done.stdout + done.stderr
        assert loaded.secret not in done.stdout + done.stderr


def test_a_public_key_travels_as_a_qr_code_and_back_as_text(tmp_path: Path) -> None:
    run_covey("keys", "new", str(tmp_path / "a"))
    shown = run_covey("keys", "show", str(tmp_path / "a"), "--qr")
    assert shown.returncode == 0, shown.stderr
    assert "▄▄▄▄▄" in shown.stdout
    key = CurveKeys.load(tmp_path / "a")
    added = run_covey("keys", "add", "--name", "a", "--", key.public, str(tmp_path / "b"))
    assert added.returncode == 0, added.stderr
    assert load_public_key(tmp_path / "b") == key.public_bytes
    assert key.secret not in shown.stdout + added.stdout


def test_revoking_takes_every_certificate_of_a_key(tmp_path: Path) -> None:
    pins = tmp_path / "pins"
    pins.mkdir()
    for name in ("a", "b"):
        run_covey("keys", "new", str(tmp_path / name))
        (pins / name).write_text((tmp_path / name).read_text())
    (pins / "copy").write_text((tmp_path / "a").read_text())
    done = run_covey("keys", "revoke", str(tmp_path / "a"), "--from", str(pins))
    assert done.returncode == 0, done.stderr
    assert [entry.name for entry in pins.iterdir()] == ["b"]
    again = run_covey("keys", "revoke", "a", "--from", str(pins))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


def test_wrong_input_is_one_line(tmp_path: Path, passphrase_file: str) -> None:
    path = str(tmp_path / "k")
    open_file = tmp_path / "open"
    open_file.write_text("x\n")
    open_file.chmod(0o644)
    run_covey("keys", "new", path)
    for arguments in (
        ["new", path],
        ["new", path + "2", "--passphrase"],
        ["new", path + "2", "--passphrase-file", str(open_file)],
        ["new", path + "2", "--passphrase-file", passphrase_file, "--keyring"],
        ["new", path + "2", "--name", 'quo"te'],
        ["show", str(tmp_path / "missing")],
        ["list", str(tmp_path / "missing")],
        ["rotate", str(tmp_path / "missing")],
        ["add", "short", path + "3"],
    ):
        done = run_covey("keys", *arguments)
        assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, ""), (arguments, done.stderr)


def test_passphrases_stay_out_of_process_lists_and_environments(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        covey_command("keys", "new", str(tmp_path / "k"), "--passphrase-fd", str(reading)),
        env=covey_environment(),
        pass_fds=[reading],
        stdout=subprocess.PIPE,
    )
    try:
        for file in ("cmdline", "environ"):
            assert PASSPHRASE.encode() not in Path(f"/proc/{process.pid}/{file}").read_bytes()
        os.write(writing, PASSPHRASE.encode())
        os.close(writing)
        assert process.wait(60) == 0
    finally:
        os.close(reading)
        process.kill()
        process.communicate()
    assert CurveKeys.load(tmp_path / "k", lambda _: PASSPHRASE.encode())


def test_no_option_takes_a_passphrase_itself() -> None:
    for verb in ("new", "rotate"):
        text = run_covey("keys", verb, "--help").stdout
        assert "--passphrase-file" in text
        assert "--passphrase TEXT" not in text
