from __future__ import annotations

import errno
from pathlib import Path

import click
import pytest

from covey.errors import InterfaceError, KeyFileError, ResourceError
from covey.security.secret import Secret
from covey.tools.advice import one_line, printable


@pytest.mark.parametrize(
    ("number", "mending"),
    [
        (errno.EADDRINUSE, "stop that program"),
        (errno.EACCES, "run as a user who may"),
        (errno.EADDRNOTAVAIL, "covey interfaces"),
        (errno.EMFILE, "ulimit"),
    ],
)
def test_a_refusing_machine_is_told_with_what_helps(number: int, mending: str) -> None:
    assert mending in one_line(ResourceError("udp port 5670", "refused", number))


def test_the_number_is_found_in_the_cause_too() -> None:
    error = ResourceError("udp port 5670", "refused")
    error.__cause__ = OSError(errno.EADDRINUSE, "Address already in use")
    assert "stop that program" in one_line(error)


def test_an_interface_error_points_to_the_list() -> None:
    assert "covey interfaces" in one_line(InterfaceError("eth7", "no such interface"))


def test_a_missing_secret_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError) as caught:
        Secret.load(tmp_path / "lab.secret")
    assert f"covey secret new {tmp_path / 'lab.secret'}" in one_line(caught.value)


def test_a_secret_in_a_missing_folder_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError) as caught:
        Secret.generate().save(tmp_path / "nowhere" / "lab.secret")
    assert "no such folder" in one_line(caught.value)


def test_a_secret_that_others_can_read_is_mended_by_chmod(tmp_path: Path) -> None:
    path = tmp_path / "lab.secret"
    Secret.generate().save(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileError) as caught:
        Secret.load(path)
    assert one_line(caught.value).count(f"chmod 600 {path}") == 1


def test_a_misread_option_points_to_the_help() -> None:
    context = click.Context(click.Command("agent"), info_name="covey agent")
    assert (
        one_line(click.UsageError("No such option.", context)) == "No such option (see `covey agent --help`)"
    )


def test_an_os_error_is_told_without_its_number() -> None:
    assert one_line(FileNotFoundError(errno.ENOENT, "No such file", "/x")).startswith("/x: No such file")


def test_line_breaks_do_not_survive() -> None:
    assert "\n" not in one_line(InterfaceError("a\nb", "c\nd"))


def test_what_steers_a_terminal_is_escaped() -> None:
    assert printable("a\x1b[2Jb\u202e") == r"a\x1b[2Jb\u202e"
    assert printable("Küche 🌡") == "Küche 🌡"
