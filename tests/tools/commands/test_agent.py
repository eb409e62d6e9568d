from __future__ import annotations

import json

import pytest

from covey.mesh.events import Entered, Exited
from covey.tools.commands.agent import report_json, report_lines, report_live
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


async def test_the_live_view_ends_with_the_node(capsys: pytest.CaptureFixture[str]) -> None:
    await report_live(FakeNode([peer()], EVENTS), "lab")
    out = capsys.readouterr().out
    assert "me in mesh lab, 1 peer" in out
    assert "goodbye" in out
