"""Run a coroutine until it is done or a signal asks it to stop, in an orderly way and within a second."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

__all__ = ["run_interruptible"]

GRACE = 0.8
"""Seconds for goodbyes after the signal; then they are cut short."""


def run_interruptible(main: Callable[[], Coroutine[Any, Any, int]], *, stopped: int | None = None) -> int:
    """Run `main()` and return its status.

    SIGINT and SIGTERM cancel it, so that every `async with` inside takes its leave. The status is then
    `stopped`, or 128 plus the signal's number when that is None.
    """
    stop = _Stop()
    # Before the loop is there, and not by its add_signal_handler: both would load `inspect` at every start.
    former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return asyncio.run(_watched(main, stopped, stop))
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


async def _watched(main: Callable[[], Coroutine[Any, Any, int]], stopped: int | None, stop: _Stop) -> int:
    loop = asyncio.get_running_loop()
    task = loop.create_task(main(), name="main")
    stop.attach(loop, task)
    try:
        return await task
    except asyncio.CancelledError:
        if not stop.received:
            raise
        return 128 + stop.received[0] if stopped is None else stopped
    finally:
        stop.detach()


class _Stop:
    """A signal handler that cancels a task, between two steps of its loop.

    Attributes:
        received: numbers of the signals that came.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cancel: Callable[[], object] = lambda: None

    def attach(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[int]) -> None:
        """Cancel this task from now on, and now if a signal came before."""
        self._loop, self._cancel = loop, task.cancel
        if self.received:
            self._stop()

    def detach(self) -> None:
        """Cancel nothing more."""
        self._loop = None

    def __call__(self, number: int, _frame: FrameType | None, /) -> None:
        """Take a signal, whatever the process was at."""
        self.received.append(number)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        self._cancel()
        if len(self.received) == 1 and self._loop is not None:
            self._loop.call_later(GRACE, self._cancel)
