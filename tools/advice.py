"""What went wrong and how to mend it, as one line."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from covey.errors import InterfaceError, KeyFileError, ResourceError

if TYPE_CHECKING:
    import click

__all__ = ["one_line", "printable"]

MENDING = {
    errno.EADDRINUSE: "another program has it; stop that program or choose another",
    errno.EACCES: "run as a user who may, or choose something else",
    errno.EPERM: "run as a user who may, or choose something else",
    errno.EADDRNOTAVAIL: "no interface of this host has that address; see `covey interfaces`",
    errno.EMFILE: "raise the limit on open files (`ulimit -n`)",
    errno.ENFILE: "raise the system's limit on open files",
    errno.ENOENT: "check the path",
}


def one_line(error: BaseException) -> str:
    """Return what happened and what to do about it, without line breaks."""
    import click

    if isinstance(error, click.ClickException):
        what, mending = _of_click(error)
    else:
        what, mending = _what(error), _mending(error)
    whole = f"{what.rstrip('.')} ({mending})" if mending and mending not in what else what
    return printable(" ".join(whole.split()))


def printable(text: str) -> str:
    """Return the text with everything escaped that could steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _what(error: BaseException) -> str:
    """Return what happened, without the number that an OSError begins with."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _of_click(error: click.ClickException) -> tuple[str, str]:
    """Return the message of a misread command line, and where its help is."""
    import click

    context = error.ctx if isinstance(error, click.UsageError) else None
    return error.format_message(), f"see `{context.command_path} --help`" if context else ""


def _mending(error: BaseException) -> str:
    """Return what the caller can do about it, or nothing when the message says it already."""
    if isinstance(error, InterfaceError):
        return "`covey interfaces` lists those that can be used"
    if isinstance(error, KeyFileError):
        return _mending_of_key_file(error)
    if isinstance(error, ResourceError) and ";" in error.reason:
        return ""  # whoever raised it knew better than its number tells
    if isinstance(error, ResourceError | OSError):
        number = error.errno
        if number is None and isinstance(error.__cause__, OSError):
            number = error.__cause__.errno
        return MENDING.get(number or 0, "")
    return ""


def _mending_of_key_file(error: KeyFileError) -> str:
    """Return what helps against the reason that the machine gave."""
    cause = error.__cause__
    if isinstance(cause, FileExistsError):
        return "choose another name, or remove it first"
    if isinstance(cause, FileNotFoundError):
        folder = os.path.dirname(error.path) or "."
        return (
            f"make one with: covey secret new {error.path}"
            if os.path.isdir(folder)
            else "there is no such folder"
        )
    if isinstance(cause, PermissionError):
        return "run as its owner, or choose another file"
    return ""
