"""Start modules of this package as processes of their own, and never leave one behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path

import covey

__all__ = ["end", "start"]

LINE_LIMIT = 1 << 20
"""Longest line that a child may say, octets."""


async def start(module: str) -> Process:
    """Start `python -m module` with pipes, with the same covey that runs here."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        module,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=_environment(),
        limit=LINE_LIMIT,
    )


async def end(process: Process) -> None:
    """Kill the child if it still runs, and wait for its end."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            # Not `process.kill()`: it may reap the child under the loop's own watcher, which then complains.
            os.kill(process.pid, signal.SIGKILL)
    await process.wait()


def _environment() -> dict[str, str]:
    """Let the child find this very package, installed or not."""
    here = str(Path(covey.__file__).parent.parent)
    rest = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{rest}" if rest else here}
