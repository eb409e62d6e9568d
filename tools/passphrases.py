"""Where verbs get passphrases from: a prompt, a file or a descriptor, never the command line or the environment."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

from covey.values import frozen

__all__ = ["Passphrases", "passphrase_options"]

Command = Callable[..., Any]
_LONGEST = 4096


@frozen
class Passphrases:
    """What the caller said of where they are."""

    file: str | None = None
    descriptor: int | None = None

    @property
    def is_given(self) -> bool:
        """Whether there is one without asking a person."""
        return self.file is not None or self.descriptor is not None

    def __call__(self, what: str) -> bytes:
        """Return the passphrase of `what`.

        Raises:
            click.UsageError: there is none, and nobody to ask.
            KeyFileError: the file cannot be read, or others can.
        """
        if self.is_given:
            return self._given()
        text: str = _ask(f"Passphrase of {what}", confirm=False)
        return text.encode()

    def new(self, what: str) -> bytes:
        """Return a new passphrase, asked for twice where a person is asked.

        Raises:
            click.UsageError: there is none, and nobody to ask.
            KeyFileError: the file cannot be read, or others can.
        """
        if self.is_given:
            return self._given()
        return _ask(f"New passphrase for {what}", confirm=True).encode()

    def _given(self) -> bytes:
        from covey.security.key_file import read_key_file

        if self.file is not None:
            octets = read_key_file(self.file, secret=True).encode()
        else:
            assert self.descriptor is not None
            octets = _read(self.descriptor)
        passphrase = octets.split(b"\n", 1)[0].removesuffix(b"\r")
        if not passphrase:
            import click

            raise click.UsageError("the passphrase that was given is empty")
        return passphrase


def passphrase_options(command: Command) -> Command:
    """Add --passphrase-file and --passphrase-fd, given to the command as `passphrases`."""
    import click

    @click.option(
        "--passphrase-file",
        metavar="FILE",
        envvar="COVEY_PASSPHRASE_FILE",
        help="Read the passphrase from the first line of this file, which only you can read. Default: ask.",
    )
    @click.option(
        "--passphrase-fd",
        type=click.IntRange(min=0),
        metavar="NUMBER",
        help="Read the passphrase from this open descriptor.",
    )
    @functools.wraps(command)
    def with_passphrases(
        *args: Any, passphrase_file: str | None, passphrase_fd: int | None, **kwargs: Any
    ) -> Any:
        return command(*args, passphrases=Passphrases(passphrase_file, passphrase_fd), **kwargs)

    return with_passphrases


def _ask(prompt: str, *, confirm: bool) -> str:
    import click

    if not sys.stdin.isatty():
        raise click.UsageError(f"{prompt}: nobody to ask here; give it with --passphrase-file FILE")
    text: str = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    return text


def _read(descriptor: int) -> bytes:
    octets = b""
    while len(octets) < _LONGEST and b"\n" not in octets:
        piece = os.read(descriptor, _LONGEST)
        if not piece:
            break
        octets += piece
    return octets
