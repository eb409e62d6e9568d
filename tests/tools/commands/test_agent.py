from __future__ import annotations

import json

import pytest

from covey.mesh.events import Entered, Exited
from covey.tools.agent import choose_report, report_json, report_lines
from covey.tools.cluster import ClusterStatus
from tests.tools.fakes import FakeNode, peer

CLUSTER = ClusterStatus({"available": False}, "no TIPC here")
EVENTS = (Entered(peer()), Exited(peer(), "goodbye"))


async def test_json_begins_with_the_node_itself(capsys: pytest.CaptureFixture[str]) -> None:
    await report_json(FakeNode(events=EVENTS), CLUSTER)
    started, entered, exited = map(json.loads, capsys.readouterr().out.splitlines())
    assert started["event"] == "started"
    assert started["uuid"] == "00000000-0000-0000-0000-000000000063"
    assert started["tipc"] == {"available": False}
    assert (entered["event"], entered["name"], entered["via"]) == ("entered", "thermo-1", "beacon")
    assert (exited["event"], exited["reason"]) == ("exited", "goodbye")


async def test_lines_begin_with_its_own_start_and_what_there_is_of_tipc(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await report_lines(FakeNode(events=EVENTS), CLUSTER)
    started, cluster, *events = capsys.readouterr().out.splitlines()
    assert started.endswith("started  me tcp://10.0.0.99:49152 in mesh lab")
    assert cluster.endswith("tipc     no TIPC here")
    assert len(events) == 2


@pytest.mark.parametrize(
    ("as_json", "is_terminal", "name"),
    [(True, True, "report_json"), (False, True, "report_live"), (False, False, "report_lines")],
)
def test_the_report_suits_the_output(
    *, as_json: bool, is_terminal: bool, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("covey.tools.agent.on_terminal", lambda: is_terminal)
    assert choose_report(as_json=as_json).__name__ == name
