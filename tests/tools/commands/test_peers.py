from __future__ import annotations

import json

import pytest

from covey.tools.commands.peers import show
from tests.tools.fakes import peer


def test_peers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    show([peer("a", 1), peer("b", 2)], as_json=False)
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["a", "b"]


def test_json_is_one_object_a_peer(capsys: pytest.CaptureFixture[str]) -> None:
    show([peer("a", 1), peer("b", 2)], as_json=True)
    assert [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()] == ["a", "b"]


def test_nobody_is_told_beside_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    show([], as_json=False)
    written = capsys.readouterr()
    assert written.out == ""
    assert "nobody" in written.err


def test_a_terminal_gets_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covey.tools.commands.peers.on_terminal", lambda: True)
    show([peer()], as_json=False)
    assert "last seen" in capsys.readouterr().out
