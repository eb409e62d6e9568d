from __future__ import annotations

import stat
from pathlib import Path

import pytest

from covey.security.secret import Secret
from covey.tools.main import run


def test_a_new_secret_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "lab.secret"
    assert run(["secret", "new", str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Secret.load(path)


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lab.secret"
    path.write_text("precious")
    assert run(["secret", "new", str(path)]) == 2
    assert path.read_text() == "precious"
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "choose another name" in complaint
