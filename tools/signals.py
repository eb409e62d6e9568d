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
    return asyncio.run(_watched(main, stopped))


async def _watched(main: Callable[[], Coroutine[Any, Any, int]], stopped: int | None) -> int:
    loop = asyncio.get_running_loop()
    received: list[int] = []
    task = loop.create_task(main(), name="main")

    def stop(number: int) -> None:  # between two steps of the loop, whatever it was at when the signal came
        received.append(number)
        task.cancel()
        if len(received) == 1:
            loop.call_later(GRACE, task.cancel)

    # Not by loop.add_signal_handler, which loads `inspect` to see whether it was given a coroutine function.
    def interrupt(number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop, number)

    former = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        return 128 + received[0] if stopped is None else stopped
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
