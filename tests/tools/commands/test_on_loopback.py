"""The verbs together, as processes on a loopback of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.tools.cli import PATIENCE, covey_command, covey_environment, run_covey

Start = Callable[..., "Running"]


class Running:
    """A command at work, its output read line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            covey_command(*arguments),
            env=covey_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def line(self) -> str:
        """Return the next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def event(self, kind: str) -> dict[str, Any]:
        """Return the next event of a kind."""
        while line := self.line():
            event: dict[str, Any] = json.loads(line)
            if event["event"] == kind:
                return event
        raise AssertionError(f"the agent ended before anything {kind}")

    def signal(self, number: signal.Signals) -> float:
        """Send a signal and return how long the command took to end, seconds."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        return time.monotonic() - begun

    def end(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def options(loopback: str, tmp_path: Path) -> list[str]:
    """Name a secret mesh of the test's own."""
    path = str(tmp_path / "lab.secret")
    assert run_covey("secret", "new", path).returncode == 0
    return ["--interface", loopback, "--mesh", f"test-{os.getpid()}", "--secret-file", path]


@pytest.fixture
def start(options: list[str]) -> Iterator[Start]:
    """Start commands in that mesh; they are gone when the test is over."""
    with ExitStack() as stack:

        def start_one(*arguments: str) -> Running:
            running = Running(*arguments, *options)
            stack.callback(running.end)
            return running

        yield start_one


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_agents_report_each_other_and_say_goodbye(start: Start, number: signal.Signals) -> None:
    watcher = start("agent", "--json", "--name", "watcher")
    own = watcher.event("started")
    leaver = start("agent", "--json", "--name", "leaver")
    entered, seen = watcher.event("entered"), leaver.event("entered")
    assert (entered["name"], seen["name"]) == ("leaver", "watcher")
    assert seen["uuid"] == own["uuid"]
    assert entered["endpoint"].startswith("tcp://127.0.0.1:")
    assert leaver.signal(number) < 1.0
    assert leaver.process.returncode == 0
    exited = watcher.event("exited")
    assert (exited["uuid"], exited["reason"]) == (entered["uuid"], "goodbye")


def test_groups_are_joined(start: Start) -> None:
    watcher = start("agent", "--json")
    watcher.event("started")
    start("agent", "--group", "sensors")
    assert watcher.event("joined")["group"] == "sensors"


def test_what_is_published_reaches_every_subscriber(start: Start, options: list[str]) -> None:
    plain = start("sub", "temp/", "--count", "3")
    structured = start("sub", "--count", "3", "--json")
    one = run_covey("pub", "temp/kitchen", "21.5", "--wait", "10", *options)
    while "by 2 nodes" not in one.stdout:  # the subscribers may have been slower to start than the publisher
        plain, structured = start("sub", "temp/", "--count", "3"), start("sub", "--count", "3", "--json")
        one = run_covey("pub", "temp/kitchen", "21.5", "--wait", "10", *options)
    assert one.returncode == 0
    several = run_covey("pub", "temp/cellar", "-", "--wait", "10", "--json", *options, text="7\n8\n")
    assert json.loads(several.stdout) == {
        "topic": "temp/cellar",
        "messages": 2,
        "received_by": 2,
        "deliveries": 4,
        "dropped": 0,
    }
    assert [plain.line() for _ in range(3)] == ["temp/kitchen 21.5\n", "temp/cellar 7\n", "temp/cellar 8\n"]
    assert [json.loads(structured.line())["data"] for _ in range(3)] == ["21.5", "7", "8"]
    assert (plain.process.wait(PATIENCE), structured.process.wait(PATIENCE)) == (0, 0)


def test_a_publisher_without_listeners_says_so(options: list[str]) -> None:
    result = run_covey("pub", "temp", "1", "--wait", "0.1", *options)
    assert result.returncode == 1
    assert result.stdout == "1 message on temp, received by 0 nodes\n"


def test_peers_are_listed(start: Start, options: list[str]) -> None:
    start("agent", "--json", "--name", "resident").event("started")
    result = run_covey("peers", "--wait", "0.7", "--json", *options)
    assert [json.loads(line)["name"] for line in result.stdout.splitlines()] == ["resident"]


def test_a_program_answers_calls(options: list[str]) -> None:
    with ExitStack() as stack:
        serving = Running("serve", "upper", "--name", "shop", "--json", *options, "--", "tr", "a-z", "A-Z")
        stack.callback(serving.end)
        assert serving.event("serving")["service"] == "upper"
        result = run_covey("call", "upper", "-", "--wait", "10", *options, text="one\ntwo\n")
        assert (result.returncode, result.stdout) == (0, "ONE\nTWO\n"), result.stderr
        called = serving.event("call")
        assert (called["data"], called["answer"], called["service"]) == ("one", "ONE", "upper")
        result = run_covey("call", "upper", "x", "--peer", "shop", "--json", *options)
        assert json.loads(result.stdout) == {"service": "upper", "data": "X"}
        result = run_covey("peers", "--wait", "0.7", "--json", *options)
        assert [json.loads(line)["services"] for line in result.stdout.splitlines()] == [["upper"]]
        assert serving.signal(signal.SIGTERM) < 1.0
        assert serving.process.returncode == 0


def test_a_program_that_fails_is_told_to_its_caller(options: list[str]) -> None:
    with ExitStack() as stack:
        serving = Running("serve", "fails", *options, "--", "sh", "-c", "exit 3")
        stack.callback(serving.end)
        assert " serves fails in mesh " in serving.line()
        result = run_covey("call", "fails", "x", "--wait", "10", *options)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("covey: service 'fails' of ")
        assert result.stderr.endswith(": its program ended with status 3\n")
        assert serving.line().endswith(" x -> failed: its program ended with status 3\n")


def test_a_service_that_nobody_offers_is_told(options: list[str]) -> None:
    result = run_covey("call", "none", "--wait", "0.1", "--json", *options)
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert (told["service"], told["error"]) == ("none", "NoService")
    assert result.stderr == "covey: nobody offers a service 'none'\n"


def test_strangers_are_not_seen(start: Start, loopback: str) -> None:
    start("agent", "--json").event("started")
    result = run_covey("peers", "--wait", "0.5", "--interface", loopback)
    assert result.stdout == ""


@pytest.mark.usefixtures("loopback")
def test_the_demo_loses_nothing() -> None:
    result = run_covey("demo", "--nodes", "3", "--seconds", "0.5", "--json")
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert summary["success"] is True
    assert summary["sent"] > 0
    assert summary["received"] == summary["expected"] == 2 * summary["sent"]
    assert summary["lost"] == 0


def test_the_demo_keeps_a_given_secret_and_a_given_mesh(options: list[str]) -> None:
    result = run_covey(
        "demo", "--nodes", "2", "--seconds", "0.2", "--rate", "1000", "--name", "x", "--json", *options
    )
    assert result.returncode == 0, result.stderr
    assert Path(options[-1]).exists()


@pytest.mark.usefixtures("loopback")
def test_the_demo_tells_its_phases_and_its_end() -> None:
    result = run_covey("demo", "--nodes", "2", "--seconds", "0.3")
    assert result.returncode == 0, result.stderr
    assert "publishing: 2 of 2 links" in result.stdout
    assert "0 lost" in result.stdout.splitlines()[-1]
