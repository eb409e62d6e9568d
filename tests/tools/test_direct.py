"""A plain command line means to the short way what it means to click."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import click
import pytest

from covey.tools import main
from covey.tools.commands.agent import command
from covey.tools.direct import VARIABLES, AgentCall, read_agent
from covey.tools.options import MeshOptions
from tests.tools.cli import covey_environment

PLAIN = (
    "agent",
    "agent --json",
    "agent --mesh lab --name me",
    "agent --name me --json --secret-file a/b --group one --interface lo --group two --interface 10.0.0.1",
    "agent --mesh covey",
)
FOR_CLICK = (
    "",
    "peers",
    "peers --json",
    "-v agent",
    "agent --help",
    "agent --mesh",
    "agent --mesh --json",
    "agent --mesh=lab",
    "agent --mesh a --mesh b",
    "agent lab",
    "agent --secret-file s --pinned p",
    "agent --nonsense x",
    "agent -- --json",
)


def environment() -> dict[str, str]:
    return {name: value for name, value in covey_environment().items() if name not in VARIABLES}


def by_click(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> AgentCall:
    calls: list[AgentCall] = []

    def run_agent(options: MeshOptions, groups: tuple[str, ...], *, as_json: bool) -> int:
        calls.append(AgentCall(options, groups, as_json))
        return 0

    monkeypatch.setattr("covey.tools.commands.agent.run_agent", run_agent)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert main.run(arguments) == 0
    return calls[0]


@pytest.mark.parametrize("line", PLAIN)
def test_both_ways_read_the_same(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = read_agent(line.split(), {})
    assert read is not None
    assert read == by_click(line.split(), monkeypatch)


@pytest.mark.parametrize("line", FOR_CLICK)
def test_what_is_not_plain_is_left_to_click(line: str) -> None:
    assert read_agent(line.split(), {}) is None


def test_an_empty_value_is_left_to_click() -> None:
    assert read_agent(["agent", "--name", ""], {}) is None


def test_so_is_all_that_the_environment_says() -> None:
    variables = {option.envvar for option in command.params if isinstance(option, click.Option)} - {None}
    assert set(VARIABLES) == variables | {"_COVEY_COMPLETE"}
    for name in VARIABLES:
        assert read_agent(["agent"], {name: "x"}) is None
    assert read_agent(["agent"], {"COVEY_OTHER": "x", "HOME": "/"}) is not None


_MODULES = """
import atexit, json, runpy, sys
def tell():
    loaded = [n for n, m in sys.modules.items() if type(m).__name__ != "_Placeholder"]
    print(json.dumps(loaded), flush=True)
atexit.register(tell)
sys.argv = ["covey", *sys.argv[1:]]
runpy.run_module("covey", run_name="__main__")
"""


_NEEDLESS = {
    *("click", "rich", "ssl", "_ssl", "asyncio.sslproto", "inspect", "ast", "tokenize"),
    *("platform", "pathlib"),
}


def test_an_agent_loads_neither_click_nor_tls(loopback: str) -> None:
    arguments = ["agent", "--json", "--interface", loopback, "--mesh", "direct"]
    with subprocess.Popen(
        [sys.executable, "-c", _MODULES, *arguments], env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "started"
        process.send_signal(signal.SIGTERM)
        loaded = set(json.loads(process.stdout.read().splitlines()[-1]))
    assert process.returncode == 0
    assert "asyncio" in loaded
    assert loaded & _NEEDLESS == set()
    assert sum(name.startswith("covey.") for name in loaded) < 75


def test_mistakes_that_the_short_way_meets_are_told_as_always(tmp_path: object) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "covey", "agent", "--secret-file", f"{tmp_path}/none"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("covey: ")
    assert result.stderr.count("\n") == 1
    assert "covey secret new" in result.stderr
