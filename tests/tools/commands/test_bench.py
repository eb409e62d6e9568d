from __future__ import annotations

import json
import pstats
from pathlib import Path
from typing import Any

import pytest

from covey.tools.bench.cases import CASES, ON_REQUEST
from covey.tools.bench.plan import Plan
from covey.tools.bench.runner import BenchFailed
from covey.tools.bench.summary import Summary, summarise
from covey.tools.commands import bench
from covey.tools.main import run

QUICK = ("--rounds", "1", "--count", "50")


def test_json_holds_every_implementation_and_the_ratios(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "push-pull", *QUICK, "--json", "--batch"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["results"]) == ["covey", "covey-batch", "zmq.asyncio", "pyzmq"]
    assert list(told["ratios"]["covey"]) == ["zmq.asyncio", "pyzmq"]
    assert told["size"] == 32


def test_table_and_plot_are_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plot = tmp_path / "plot.svg"
    arguments = ["bench", "push-pull", *QUICK, "--only", "pyzmq", "--size", "100", "--svg", str(plot)]
    assert run(arguments) == 0
    out = capsys.readouterr().out
    assert out.startswith("push-pull: ")
    assert "100 B" in out
    assert "pyzmq" in out
    assert plot.read_text().startswith("<svg")


def test_profiles_of_both_workers_are_written(tmp_path: Path) -> None:
    assert run(["bench", "push-pull", *QUICK, "--only", "covey", "--json", "--profile", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "push-pull-covey-away.prof",
        "push-pull-covey-home.prof",
    ]
    seen = pstats.Stats(str(tmp_path / "push-pull-covey-home.prof")).get_stats_profile().func_profiles
    assert "drain" in seen


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Give figures without measuring, none for req-rep, and keep the plans."""
    plans: list[Plan] = []

    async def run_case(plan: Plan, _report: Any) -> Summary:
        plans.append(plan)
        if plan.name == "req-rep":
            raise BenchFailed(plan.spec("covey"), "a worker died")
        return summarise(
            plan, {each: [1.0] for each in plan.implementations}, {each: {} for each in plan.implementations}
        )

    monkeypatch.setattr(bench, "run_case", run_case)
    return plans


def test_without_a_name_every_case_is_measured_with_its_own_settings(figures: list[Plan]) -> None:
    assert run(["bench", "--json"]) == bench.FAILED
    assert [plan.name for plan in figures] == [name for name in CASES if name not in ON_REQUEST]
    assert {plan.name: plan.peers for plan in figures if plan.peers > 1} == {
        "fan-out": 50,
        "fan-in": 50,
        "subscriptions": 100_000,
        "connections": 1000,
    }


@pytest.mark.usefixtures("figures")
def test_a_case_that_fails_leaves_the_others_their_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "req-rep", "curve", "--json"]) == bench.FAILED
    written = capsys.readouterr()
    assert written.err == "covey: bench req-rep with covey: a worker died\n"
    assert json.loads(written.out)["case"] == "curve"


def test_batches_are_measured_only_where_they_differ(figures: list[Plan]) -> None:
    assert run(["bench", "push-pull", "dealer-router", "--batch", "--json"]) == 0
    assert ["covey-batch" in plan.implementations for plan in figures] == [True, False]


def test_secure_holds_noise_against_clear_and_curve_at_three_sizes(
    figures: list[Plan], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "secure", "--json"]) == 0
    assert [plan.size for plan in figures if plan.name == "secure"] == [32, 1024, 65_536]
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[0]["ratios"] == {"noise": {"plain": 1.0, "pyzmq-curve": 1.0}}
    assert run(["bench", "secure", "--size", "100", "--only", "plain", "--json"]) == 0
    assert (figures[-1].size, figures[-1].implementations) == (100, ("plain",))


def test_what_a_case_does_not_measure_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "secure", "--only", "zmq.asyncio"]) == 2
    assert "secure measures noise, plain, pyzmq-curve" in capsys.readouterr().err


@pytest.mark.usefixtures("figures")
def test_without_pyzmq_covey_runs_alone_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert run(["bench", "push-pull", "--json"]) == 0
    written = capsys.readouterr()
    assert "pip install pyzmq" in written.err
    assert list(json.loads(written.out)["results"]) == ["covey"]
    assert run(["bench", "push-pull", "--only", "pyzmq"]) == 2
