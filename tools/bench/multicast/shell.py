"""A shell that keeps a network namespace alive and sets it up on command."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress

from covey.errors import CoveyError

__all__ = ["NoNetworks", "Shell"]

END = "--end-of-script--"


class NoNetworks(CoveyError):
    """This machine lets us make no networks, or lacks the programs for it."""


class Shell:
    """`sh` in namespaces of its own; they go when it goes, which is when we go at the latest.

    Args:
        argv: the command that makes the namespaces and ends in `sh`.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            argv, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self.pid = self._process.pid

    def run(self, script: str) -> None:
        """Run shell commands, up to the first that fails.

        Raises:
            NoNetworks: a command failed; the text is what it printed.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f'( set -e\n{script}\n) </dev/null\necho "{END} $?"\n')
            self._process.stdin.flush()
        printed: list[str] = []
        for line in self._process.stdout:
            if line.startswith(END):
                if line.split()[-1] == "0":
                    return
                break
            printed.append(line.strip())
        raise NoNetworks(" ".join(printed) or "the namespace's shell ended")

    def close(self) -> None:
        """Let the namespaces go."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                if stream is not None:
                    stream.close()
