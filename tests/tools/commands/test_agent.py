from __future__ import annotations

import json

import pytest

from covey.mesh.events import Entered, Exited
from covey.tools.commands.agent import choose_report, report_json, report_lines
from tests.tools.fakes import FakeNode, peer

EVENTS = (Entered(peer()), Exited(peer(), "goodbye"))


async def test_json_begins_with_the_node_itself(capsys: pytest.CaptureFixture[str]) -> None:
    await report_json(FakeNode(events=EVENTS))
    started, entered, exited = map(json.loads, capsys.readouterr().out.splitlines())
    assert started["event"] == "started"
    assert started["uuid"] == "00000000-0000-0000-0000-000000000063"
    assert (entered["event"], entered["name"], entered["via"]) == ("entered", "thermo-1", "beacon")
    assert (exited["event"], exited["reason"]) == ("exited", "goodbye")


async def test_lines_are_one_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    await report_lines(FakeNode(events=EVENTS))
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("as_json", "is_terminal", "name"),
    [(True, True, "report_json"), (False, True, "report_live"), (False, False, "report_lines")],
)
def test_the_report_suits_the_output(
    *, as_json: bool, is_terminal: bool, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("covey.tools.commands.agent.on_terminal", lambda: is_terminal)
    assert choose_report(as_json=as_json).__name__ == name
