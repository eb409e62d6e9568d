from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from covey.mesh.events import Entered, Exited
from covey.tools.cluster import ClusterStatus
from covey.tools.live import RECENT, AgentView, peer_table, report_live
from tests.tools.fakes import FakeNode, peer

NOW = 1_700_000_003.25


def shown(what: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=110, record=True)
    console.print(what)
    return console.export_text()


def test_peers_stand_sorted_with_what_is_known() -> None:
    lines = shown(peer_table([peer("b", 2), peer("a", 1, ["lab"])], NOW)).splitlines()
    assert [line.split()[0] for line in lines] == ["name", "a", "b"]
    assert lines[1].split()[1:] == ["tcp://10.0.0.1:49152", "beacon", "lab", "alive", "3", "s", "ago"]


def test_markup_in_a_name_is_only_text() -> None:
    assert "[red]x[/red]" in shown(peer_table([peer("[red]x[/red]")], NOW))


def test_the_agent_shows_peers_and_the_latest_events() -> None:
    view = AgentView("me in mesh lab")
    for number in range(RECENT + 1):
        view.note(f"event {number};")
    text = shown(view.render([peer()], NOW))
    assert "me in mesh lab, 1 peer" in text
    assert "thermo-1" in text
    assert "event 0;" not in text
    assert f"event {RECENT};" in text


async def test_the_live_view_ends_with_the_node(capsys: pytest.CaptureFixture[str]) -> None:
    await report_live(
        FakeNode([peer()], [Entered(peer()), Exited(peer(), "goodbye")]), ClusterStatus({}, "no TIPC here")
    )
    out = capsys.readouterr().out
    assert "me in mesh lab, 1 peer" in out
    assert "goodbye" in out
    assert "no TIPC here" in out
