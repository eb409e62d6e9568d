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

__all__ = ["complaint", "end", "end_gently", "farewell", "last_words", "start"]

LINE_LIMIT = 1 << 20
"""Longest line that a child may say, octets."""


async def start(module: str) -> Process:
    """Start `python -m module` with pipes, with the same covey that runs here."""
    # A session of its own: Ctrl-C on the terminal is ours alone, and we decide when the child ends.
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
        start_new_session=True,
    )


async def end(process: Process) -> None:
    """Kill the child if it still runs, and wait for its end."""
    _signal(process, signal.SIGKILL)
    await process.wait()


async def end_gently(process: Process, seconds: float) -> None:
    """Ask the child to end, and kill it if it does not in that time."""
    _signal(process, signal.SIGTERM)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.wait()
    finally:
        await end(process)


def _signal(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            # Not `send_signal`: it may reap the child under the loop's own watcher, which then complains.
            os.kill(process.pid, number)


def _environment() -> dict[str, str]:
    """Let the child find this very package, installed or not."""
    here = str(Path(covey.__file__).parent.parent)
    rest = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{rest}" if rest else here}


async def last_words(process: Process) -> str:
    """Return the last line that a dying child complained with, and wait for its end."""
    said = await complaint(process)
    status = await process.wait()
    return said or f"ended with status {status} and no word"


async def complaint(process: Process) -> str:
    """Return the last line of a child's standard error, once that is closed; empty when there is none."""
    assert process.stderr is not None
    return (await process.stderr.read()).decode(errors="replace").strip().rpartition("\n")[2]


async def farewell(process: Process) -> None:
    """Read what the child still says, so that it never waits for us, until it ends."""
    await process.communicate()
