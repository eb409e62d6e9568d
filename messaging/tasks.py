"""The tasks of one object: named, held, and awaited when it closes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["TaskSet"]


class TaskSet:
    """Holds tasks that their owner starts from callbacks, where no TaskGroup can be entered.

    A task that raises is a bug: it is reported to the loop's exception handler at once.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        """Run `coroutine` until it ends or `close` cancels it."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            message = f"task {task.get_name()!r} failed"
            task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})

    async def close(self) -> None:
        """Cancel every task and wait until it has ended."""
        while tasks := [task for task in self._tasks if task is not asyncio.current_task()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
