from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import KeyFileError, OptionError
from covey.security.secret import Secret

FIXED = Secret(bytes(range(32)))
DERIVED = "9829074a4b83c2c4cbce85bc52b9ec671a35aaaa880aa83ed0b6b7d587bb7239"
LINE = "covey-secret-1 " + bytes(range(32)).hex()


def written(path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_two_secrets_differ() -> None:
    assert Secret.generate() != Secret.generate()
    assert Secret(bytes(32)) == Secret(bytes(32))
    assert Secret(bytes(32)) != bytes(32)


def test_comes_back_from_its_file(tmp_path: Path) -> None:
    secret = Secret.generate()
    secret.save(tmp_path / "lab.secret")
    assert Secret.load(tmp_path / "lab.secret") == secret
    assert Secret.load(str(tmp_path / "lab.secret")) == secret


def test_its_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FIXED.save(tmp_path / "lab.secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "lab.secret").stat().st_mode) == 0o600
    assert (tmp_path / "lab.secret").read_text().splitlines()[1] == LINE


def test_does_not_overwrite_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "lab.secret"
    FIXED.save(path)
    with pytest.raises(KeyFileError, match="exists"):
        Secret.generate().save(path)
    assert Secret.load(path) == FIXED
    other = Secret.generate()
    other.save(path, overwrite=True)
    assert Secret.load(path) == other
    assert [entry.name for entry in tmp_path.iterdir()] == ["lab.secret"]


def test_does_not_write_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "lab.secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFileError):
        FIXED.save(tmp_path / "lab.secret")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_file_that_others_can_reach_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "lab.secret", LINE, mode)
    with pytest.raises(KeyFileError, match=f"chmod 600 {path}") as caught:
        Secret.load(path)
    assert caught.value.path == str(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"lab\.secret: no such file"):
        Secret.load(tmp_path / "lab.secret")
    with pytest.raises(KeyFileError, match="no such file"):
        FIXED.save(tmp_path / "missing" / "lab.secret")


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)
    for path in (tmp_path / "fifo", tmp_path):
        with pytest.raises(KeyFileError, match=r"regular file|directory"):
            Secret.load(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        LINE[:-1],
        LINE + "0",
        LINE + "\n" + LINE,
        "covey-secret-2 " + "00" * 32,
        "covey-secret-1 " + "zz" * 32,
        "covey-secret-1 " + "٣" * 64,
        "00" * 32,
        b"\xff\xfe",
        b"#" * 70_000,
    ],
)
def test_a_malformed_file_is_refused_without_showing_it(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(KeyFileError) as caught:
        Secret.load(written(tmp_path / "lab.secret", text))
    assert bytes(range(31)).hex() not in str(caught.value)


@given(st.binary(max_size=120) | st.text(max_size=100).map(lambda text: ("covey-secret-1 " + text).encode()))
def test_any_file_loads_or_raises_key_file_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.secret"
    try:
        Secret.load(written(path, text))
    except KeyFileError:
        pass


def test_shows_itself_nowhere() -> None:
    assert repr(FIXED) == "Secret(...)" == str(FIXED)
    assert "Secret" in f"{FIXED}"
    with pytest.raises(TypeError):
        hash(FIXED)
    with pytest.raises(TypeError):
        pickle.dumps(FIXED)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_has_exactly_32_bytes(size: int) -> None:
    with pytest.raises(OptionError):
        Secret(bytes(size))


def test_keys_differ_by_purpose_mesh_and_secret() -> None:
    keys = {
        FIXED.derive("beacon", "lab"),
        FIXED.derive("beacon", "lab2"),
        FIXED.derive("beaconl", "ab"),
        FIXED.derive("proof", "lab"),
        Secret(bytes(32)).derive("beacon", "lab"),
    }
    assert len(keys) == 5
    assert {len(key) for key in keys} == {32}


def test_a_derived_key_never_changes() -> None:
    assert FIXED.derive("beacon", "lab").hex() == DERIVED


def test_any_name_that_a_command_line_can_hold_will_do() -> None:
    assert FIXED.derive("beacon", "lab\udcff") != FIXED.derive("beacon", "lab")
    with pytest.raises(OptionError):
        FIXED.derive("p" * 256, "lab")
