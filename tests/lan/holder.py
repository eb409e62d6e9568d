"""A shell that keeps a set of namespaces alive, and sets them up on command."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress

__all__ = ["Holder", "LanError"]

_END = "--end-of-script--"


class LanError(Exception):
    """A step of building or changing the LAN failed; the text is what the commands printed."""


class Holder:
    """A process with network, mounts and host name of its own; they go when it goes.

    It reads commands from a pipe, so it ends by itself when the test run dies, however it dies.
    """

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "sh"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.pid = self._shell.pid

    def run(self, script: str) -> str:
        """Run shell commands in the namespaces, up to the first that fails; return what they printed.

        Raises:
            LanError: a command failed.
        """
        self.send(script)
        return self.collect()

    def send(self, script: str) -> None:
        """Hand over a script without waiting; each must be followed by one `collect`."""
        assert self._shell.stdin is not None
        with suppress(BrokenPipeError):
            self._shell.stdin.write(f'( set -e\n{script}\n) </dev/null\necho "{_END} $?"\n')
            self._shell.stdin.flush()

    def collect(self) -> str:
        """Wait for the oldest script that was sent; return what it printed.

        Raises:
            LanError: a command failed, or the shell is gone.
        """
        assert self._shell.stdout is not None
        printed: list[str] = []
        for line in self._shell.stdout:
            if line.startswith(_END):
                if line.split()[-1] != "0":
                    break
                return "".join(printed)
            printed.append(line)
        raise LanError("".join(printed).strip() or "the namespace's shell ended")

    def processes(self) -> list[int]:
        """Return the processes that live in this network, the holder apart."""
        network = os.readlink(f"/proc/{self.pid}/ns/net")
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdecimal() and int(entry) != self.pid:
                with suppress(OSError):
                    if os.readlink(f"/proc/{entry}/ns/net") == network:
                        found.append(int(entry))
        return found

    def close(self) -> None:
        """Let the namespaces go."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.kill()
        self._shell.wait()
        with suppress(BrokenPipeError):
            self._shell.stdin.close()
        self._shell.stdout.close()
