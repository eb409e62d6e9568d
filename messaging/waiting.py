"""Coroutines that wait for a socket's state: woken in order, and no wake-up is lost to a cancellation."""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["WaitQueue"]


class WaitQueue:
    """Futures of coroutines that wait for one condition, first come first woken."""

    __slots__ = ("_error", "_waiters")

    def __init__(self) -> None:
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._error: Exception | None = None

    def __bool__(self) -> bool:
        return bool(self._waiters)

    async def wait(self) -> None:
        """Suspend until woken.

        Cancel: a wake-up that came at the same moment goes to the next in line.

        Raises:
            Exception: what `fail` was given.
        """
        if self._error is not None:
            raise self._error
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.wake(1)
            raise
        finally:
            if not waiter.done() or waiter.cancelled():
                try:
                    self._waiters.remove(waiter)
                except ValueError:
                    pass

    def wake(self, count: int) -> None:
        """Wake the first `count` that still wait."""
        waiters = self._waiters
        while waiters and count > 0:
            waiter = waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                count -= 1

    def wake_all(self) -> None:
        """Wake everybody."""
        self.wake(len(self._waiters))

    def fail(self, error: Exception) -> None:
        """Raise `error` in everybody who waits, now and later."""
        self._error = error
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(error)
        self._waiters.clear()
