"""How the programs of each implementation are started, and what they say."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import covey
from covey.tools import children

from .segment import Segment
from .shell import NoNetworks
from .spec import PeerSpec

__all__ = ["COVEY", "Peer", "PeerFailed", "interpreters"]

COVEY = ("covey", "covey-batch")
MODULES = {"covey": "covey_peer", "covey-batch": "covey_peer", "libzmq": "libzmq_peer", "lcm": "lcm_peer"}
START = (
    "import sys; sys.path.append(sys.argv.pop(1)); from covey.tools.bench.multicast.{} import main; main()"
)
"""covey comes last in the path: the zmq of the interpreter itself is wanted, not one that lies beside covey."""
TESTS = {"libzmq": "import zmq; assert zmq.has('pgm')", "lcm": "import lcm"}
PYTHONS = (sys.executable, "/usr/bin/python3")


class PeerFailed(NoNetworks):
    """A program of the measurement ended, or said nothing."""


def interpreters(wanted: tuple[str, ...]) -> dict[str, str]:
    """Return the Python to run each implementation with; those that nobody has are left out."""
    found: dict[str, str] = {}
    for implementation in wanted:
        test = TESTS.get(implementation, "")
        for python in PYTHONS if test else (sys.executable,):
            if Path(python).exists() and _runs(python, test):
                found[implementation] = python
                break
    return found


def _runs(python: str, test: str) -> bool:
    return subprocess.run([python, "-Esc", test], capture_output=True, check=False).returncode == 0


class Peer:
    """One program on a host, as an asynchronous context; it is killed at the end.

    Raises:
        PeerFailed: it says something else than what is waited for, or ends.
    """

    def __init__(self, segment: Segment, host: int, python: str, role: str, spec: PeerSpec) -> None:
        path = str(Path(covey.__file__).parent.parent)
        argv = [python, "-Esc", START.format(MODULES[spec.implementation]), path, role]
        self._argv = segment.command(host, argv)
        self._spec = spec
        self._role = role
        self._process: Process

    async def __aenter__(self) -> Self:
        """Start it and wait until it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *self._argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
        self.tell(self._spec.to_json())
        try:
            await self.hear("ready")
        except BaseException:
            await children.end(self._process)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill it."""
        await children.end(self._process)

    def processor_time(self) -> float:
        """Return the seconds that it has used so far, the system's on its behalf included."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = fields[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def hear(self, key: str) -> dict[str, Any]:
        """Return its next words, which hold `key`."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise PeerFailed(
                f"{self._spec.implementation} ({self._role}): {await children.last_words(self._process)}"
            )
        words: dict[str, Any] = json.loads(line)
        if key not in words:
            raise PeerFailed(f"{self._spec.implementation} ({self._role}) said {words} where {key} was due")
        return words
