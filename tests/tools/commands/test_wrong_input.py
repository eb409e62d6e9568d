"""Wrong input and a refusing machine: one line that says what and how to mend it, status 2."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.cli import covey_command, covey_environment, run_covey

BEACON_PORT = 5670

VERBS = [
    ("agent",),
    ("peers",),
    ("pub", "topic", "data"),
    ("sub",),
    ("call", "service"),
    ("serve", "service", "cat"),
    ("demo",),
]
NODE_VERBS = VERBS[:-1]


def complaint_of(*arguments: str) -> str:
    """Run a command that must refuse, and return its one line."""
    result = run_covey(*arguments)
    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith("covey: ")
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


@pytest.fixture
def taken_port(loopback: str) -> Iterator[None]:
    """Let somebody have the beacon's port who does not share it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", BEACON_PORT))
        yield


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_unknown_interface_lists_the_known(verb: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "lab.secret"
    assert run_covey("secret", "new", str(path)).returncode == 0
    complaint = complaint_of(*verb, "--interface", "nope0", "--secret-file", str(path))
    assert "nope0" in complaint
    assert "127.0.0.1" in complaint


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_missing_secret_file_is_told_with_how_to_make_one(verb: tuple[str, ...], tmp_path: Path) -> None:
    path = str(tmp_path / "lab.secret")
    assert f"covey secret new {path}" in complaint_of(*verb, "--interface", "lo", "--secret-file", path)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_secret_that_others_can_read_is_refused(verb: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "lab.secret"
    assert run_covey("secret", "new", str(path)).returncode == 0
    path.chmod(0o644)
    assert f"chmod 600 {path}" in complaint_of(*verb, "--interface", "lo", "--secret-file", str(path))


@pytest.mark.usefixtures("loopback")
def test_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lab.secret"
    path.write_text("swordfish")
    path.chmod(0o600)
    assert str(path) in complaint_of("agent", "--interface", "lo", "--secret-file", str(path))


@pytest.mark.usefixtures("loopback")
def test_secret_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lab.secret"
    path.touch(0o000)
    # Root may read everything unless it gives those capabilities up.
    given_up = "-dac_override,-dac_read_search"
    powerless = ["setpriv", "--bounding-set", given_up, "--inh-caps", given_up] if os.geteuid() == 0 else []
    command = covey_command("agent", "--interface", "lo", "--secret-file", str(path))
    process = subprocess.run(
        [*powerless, *command],
        env=covey_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 2
    assert "permission denied" in process.stderr.lower()
    assert process.stderr.count("\n") == 1


@pytest.mark.usefixtures("taken_port")
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_taken_port_is_told(verb: tuple[str, ...]) -> None:
    complaint = complaint_of(*verb, "--interface", "lo")
    assert str(BEACON_PORT) in complaint
    assert complaint.count("stop that program") == 1


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("verb", NODE_VERBS, ids=lambda verb: verb[0])
def test_no_usable_interface_is_told(verb: tuple[str, ...]) -> None:
    # The tests' own network has nothing but loopback, which is used only when asked for.
    assert "no usable network interface" in complaint_of(*verb)


def test_plot_that_cannot_be_written_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    assert "nowhere" in complaint_of("bench", "push-pull", "--svg", str(tmp_path / "nowhere" / "plot.svg"))


def test_a_service_needs_a_program_that_there_is() -> None:
    assert "no-such-program: no such program" in complaint_of("serve", "x", "--", "no-such-program")
    assert "COMMAND" in complaint_of("serve", "x")
