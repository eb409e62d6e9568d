"""One alarm for a state machine whose next deadline moves all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Alarm"]


class Alarm:
    """Calls back at a deadline, or a little before: whoever is called looks at its own timers.

    Moving the deadline later is free; the loop's timer is touched only when it moves earlier.
    """

    __slots__ = ("_call", "_handle", "_loop", "_when")

    def __init__(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
        self._loop = loop
        self._call = call
        self._handle: asyncio.TimerHandle | None = None
        self._when = 0.0

    def set(self, deadline: float | None) -> None:
        """Ring at `deadline` (the loop's time); None for never."""
        if deadline is None:
            self.cancel()
        elif self._handle is None or deadline < self._when:
            if self._handle is not None:
                self._handle.cancel()
            self._when = deadline
            self._handle = self._loop.call_at(deadline, self._ring)

    def cancel(self) -> None:
        """Do not ring."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self._handle = None
        self._call()
