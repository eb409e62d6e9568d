from __future__ import annotations

import errno
import importlib
import subprocess
import sys

import click
import pytest

from covey.errors import InterfaceError, OptionError, ResourceError
from covey.tools import main
from tests.tools.cli import covey_command, covey_environment, run_covey


def let_secret_raise(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    @click.command()
    def command() -> None:
        raise error

    monkeypatch.setattr("covey.tools.commands.secret.command", command)


@pytest.mark.parametrize("verb", main.VERBS)
def test_every_verb_has_a_command_with_help(verb: str) -> None:
    command = importlib.import_module(f"covey.tools.commands.{verb}").command
    assert isinstance(command, click.Command)
    assert command.short_help
    assert main.run([verb, "--help"]) == 0


def test_overview_lists_every_verb_without_importing_one() -> None:
    code = (
        "import sys; from covey.tools.main import run; run(['--help'])\n"
        "print([name for name in sys.modules if name.startswith('covey.tools.commands')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], env=covey_environment(), capture_output=True, text=True, check=True
    )
    assert all(verb in result.stdout for verb in main.VERBS)
    assert result.stdout.endswith("[]\n")


@pytest.mark.parametrize("verb", ["agent", "pub", "sub", "peers", "demo"])
def test_mesh_verbs_start_without_loading_the_renderer(verb: str) -> None:
    code = (
        f"import sys; from covey.tools.main import run; run(['{verb}', '--help'])\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], env=covey_environment(), capture_output=True, check=True)


@pytest.mark.parametrize(
    "error",
    [
        InterfaceError("eth7", "no such interface"),
        OptionError("mesh", "is too long"),
        ResourceError("udp port 5670", "address already in use", errno.EADDRINUSE),
        ExceptionGroup("tasks", [ResourceError("udp port 5670", "permission denied", errno.EACCES)]),
        PermissionError(errno.EACCES, "Permission denied", "/etc/shadow"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_caller_can_mend_is_one_line_and_status_2(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    let_secret_raise(monkeypatch, error)
    assert main.run(["secret"]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("covey: ")
    assert written.err.count("\n") == 1


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    let_secret_raise(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main.run(["secret"])


def test_a_group_of_different_errors_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    let_secret_raise(monkeypatch, ExceptionGroup("tasks", [KeyError(), InterfaceError("eth7", "is down")]))
    with pytest.raises(ExceptionGroup):
        main.run(["secret"])


def test_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    let_secret_raise(monkeypatch, KeyboardInterrupt())
    assert main.run(["secret"]) == 130


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["agent", "--nonsense"], ["pub"], ["peers", "--wait", "soon"]]
)
def test_a_misread_command_line_is_one_line_and_status_2(arguments: list[str]) -> None:
    result = run_covey(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "--help" in result.stderr


def test_version_is_printed() -> None:
    result = run_covey("--version")
    assert result.returncode == 0
    assert result.stdout.startswith("covey ")


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen(
        covey_command("interfaces"), env=covey_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, complaint = process.communicate(timeout=60)
    assert complaint == b""
    assert process.returncode == main.BROKEN_PIPE
