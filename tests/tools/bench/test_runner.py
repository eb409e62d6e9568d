"""Every case with every implementation, for a moment: that it works, not how fast."""

from __future__ import annotations

import dataclasses

import pytest

from covey.tools.bench.cases import CASES, ON_REQUEST, load_case
from covey.tools.bench.plan import Plan
from covey.tools.bench.runner import BenchFailed, available, measure, run_case
from covey.tools.bench.spec import BLOCKING, IMPLEMENTATIONS, WorkerSpec

LINE_UPS = ("secure", "secure-multicast")
SMALL = {"fan-out": 3, "fan-in": 3, "subscriptions": 50, "connections": 20}


def plan(name: str, *implementations: str, rounds: int = 1) -> Plan:
    case = load_case(name)
    return Plan(name, case, implementations, rounds, 0.02, 100, case.size, SMALL.get(name, 1))


@pytest.mark.parametrize("implementation", ["covey", "zmq.asyncio", "pyzmq"])
@pytest.mark.parametrize("name", sorted(CASES.keys() - ON_REQUEST))
async def test_case_gives_a_figure(name: str, implementation: str) -> None:
    summary = await run_case(plan(name, implementation), lambda _text: None)
    assert summary.rows[0].median >= 0
    assert summary.unit == load_case(name).unit


@pytest.mark.parametrize("name", ["push-pull", "curve"])
async def test_batches_give_a_figure(name: str) -> None:
    summary = await run_case(plan(name, "covey-batch"), lambda _text: None)
    assert summary.rows[0].median > 0


@pytest.mark.parametrize(
    ("name", "implementation"), [(name, each) for name in LINE_UPS for each in load_case(name).line_up]
)
async def test_a_line_up_of_its_own_gives_figures(name: str, implementation: str) -> None:
    summary = await run_case(plan(name, implementation), lambda _text: None)
    assert summary.rows[0].median > 0


async def test_the_order_turns_from_round_to_round() -> None:
    told: list[str] = []
    summary = await run_case(plan("push-pull", "pyzmq", "zmq.asyncio", rounds=2), told.append)
    assert [line.rpartition(", ")[2] for line in told] == ["pyzmq", "zmq.asyncio", "zmq.asyncio", "pyzmq"]
    assert [len(row.figures) for row in summary.rows] == [2, 2]


async def test_a_worker_that_dies_is_the_reason_told() -> None:
    spec = dataclasses.replace(plan("push-pull", "pyzmq").spec("pyzmq"), implementation="nonsense")
    with pytest.raises(BenchFailed, match=r"push-pull with nonsense: .*nonsense"):
        await measure(spec, has_away=True)


async def test_a_case_that_hangs_is_given_up_with_what_its_workers_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("covey.tools.bench.runner.PATIENCE", 0.3)
    spec = plan("push-pull", "pyzmq").spec("pyzmq")
    nothing_to_do = dataclasses.replace(spec, role="away", meeting={"endpoint": "tcp://127.0.0.1:1"})
    with pytest.raises(BenchFailed, match="no result in time"):
        await measure(nothing_to_do, has_away=False)


def test_without_pyzmq_covey_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert available(("covey", "pyzmq", "zmq.asyncio")) == ("covey",)


def test_specs_travel_as_json() -> None:
    spec = WorkerSpec("curve", "away", "covey", 32, 0.5, meeting={"endpoint": "tcp://127.0.0.1:1"})
    assert WorkerSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize("name", sorted(CASES))
def test_whoever_blocks_has_a_part_in_each_case_that_lists_it(name: str) -> None:
    case = load_case(name)
    parts = [part for part in (case.home, case.away) if part is not None]
    has_blocking = [part.blocking is not None for part in parts]
    if BLOCKING & set(case.line_up or IMPLEMENTATIONS):
        assert all(has_blocking)
    else:
        assert not any(has_blocking)
