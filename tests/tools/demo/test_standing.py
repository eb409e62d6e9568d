from __future__ import annotations

from typing import Any

import pytest

from covey.tools.demo.standing import MemberStanding, Standing
from covey.tools.demo.table import live_view, standing_table
from covey.tools.demo.view import LineView, summary_lines


def member(name: str, *words: dict[str, Any]) -> MemberStanding:
    made = MemberStanding(name)
    for number, each in enumerate(words):
        made.take(each, 100.0 + number)
    return made


def told(name: str, sent: int, received: int, **account: Any) -> MemberStanding:
    defaults = {"missing": {}, "faults": 0, "latencies": [0.001]}
    return member(
        name,
        {"say": "up", "uuid": f"uuid-{name}"},
        {"say": "progress", "peers": 1, "heard": 1, "sent": sent, "received": received},
        {"say": "sent", "count": sent},
        {"say": "account", "received": received, **defaults, **account},
    )


def test_rates_come_from_two_reports() -> None:
    progress = {"say": "progress", "peers": 1, "heard": 1, "sent": 10, "received": 20}
    made = member("a", progress, {**progress, "sent": 60, "received": 220})
    assert (made.send_rate, made.receive_rate) == (50.0, 200.0)


def test_phases_are_over_when_everybody_is_there() -> None:
    standing = Standing([told("a", 3, 4), MemberStanding("b")])
    checks = (
        standing.everybody_is_up,
        standing.everybody_knows_everybody,
        standing.everybody_hears_everybody,
        standing.everybody_stopped,
        standing.everybody_accounted,
    )
    assert not any(check() for check in checks)
    standing.members[1] = told("b", 4, 3)
    assert all(check() for check in checks)
    assert standing.sent_by() == {"uuid-a": 3, "uuid-b": 4}


def test_a_demo_that_lost_nothing_is_a_success() -> None:
    standing = Standing([told("a", 3, 4), told("b", 4, 3)], full_mesh_after=0.5)
    summary = standing.summary()
    assert (summary.sent, summary.expected, summary.received, summary.lost) == (7, 7, 7, 0)
    assert summary.latency_ms == 1.0
    assert summary.is_success
    assert "7 of 7 deliveries received, 0 lost" in summary_lines(summary)[1]


def test_a_lost_reading_is_a_failure() -> None:
    summary = Standing([told("a", 3, 3, missing={"uuid-b": 1}), told("b", 4, 3)]).summary()
    assert summary.lost == 1
    assert not summary.is_success


def test_a_repeated_reading_is_a_failure() -> None:
    summary = Standing([told("a", 3, 4, faults=1), told("b", 4, 3)]).summary()
    assert not summary.is_success
    assert "1 repeated or out of order" in summary_lines(summary)[1]


def test_a_demo_in_which_nobody_spoke_is_no_success() -> None:
    assert not Standing([told("a", 0, 0), told("b", 0, 0)]).summary().is_success


def test_the_table_has_a_row_a_member_and_one_for_all() -> None:
    table = standing_table(Standing([told("a", 3, 4), told("b", 4, 3)], phase="publishing"))
    assert table.row_count == 2
    assert [column.footer for column in table.columns][-2:] == ["7", "7"]


def test_lines_tell_each_phase_once(capsys: pytest.CaptureFixture[str]) -> None:
    view, standing = LineView(), Standing([told("a", 3, 4), told("b", 4, 3)])
    view.show(standing)
    view.show(standing)
    standing.phase = "publishing"
    view.show(standing)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["starting", "publishing"]
    assert lines[0].endswith("2 of 2 links, 7 sent, 7 received")


def test_the_live_table_is_drawn_at_each_phase(capsys: pytest.CaptureFixture[str]) -> None:
    standing = Standing([told("a", 3, 4), told("b", 4, 3)])
    with live_view() as draw:
        draw(standing)
        standing.phase = "counting"
        draw(standing)
    assert "counting" in capsys.readouterr().out
