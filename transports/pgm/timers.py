"""Deadlines of many keys, of which each moves far more often than it falls due.

Keys must be orderable among themselves: they break ties.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

__all__ = ["Timers"]

_Key = TypeVar("_Key", bound=Hashable)


class Timers(Generic[_Key]):
    """One deadline a key. Moving a deadline later costs a dict write; the heap is mended when time comes."""

    __slots__ = ("_deadlines", "_heap")

    def __init__(self) -> None:
        self._deadlines: dict[_Key, float] = {}
        self._heap: list[tuple[float, _Key]] = []

    def __len__(self) -> int:
        return len(self._deadlines)

    def set(self, key: _Key, deadline: float) -> None:
        """Give `key` a deadline in place of any former one."""
        before = self._deadlines.get(key)
        self._deadlines[key] = deadline
        if before is None or deadline < before:
            heapq.heappush(self._heap, (deadline, key))
            if len(self._heap) > 4 * len(self._deadlines) + 64:
                self._heap = [(when, key) for key, when in self._deadlines.items()]
                heapq.heapify(self._heap)

    def cancel(self, key: _Key) -> None:
        """Forget `key`; unknown keys are fine."""
        self._deadlines.pop(key, None)
        if not self._deadlines:
            self._heap.clear()

    def next(self) -> float | None:
        """Return the earliest deadline."""
        heap, deadlines = self._heap, self._deadlines
        while heap:
            when, key = heap[0]
            current = deadlines.get(key)
            if current == when:
                return when
            heapq.heappop(heap)
            if current is not None and current > when:
                heapq.heappush(heap, (current, key))
        return None

    def due(self, now: float) -> Iterator[_Key]:
        """Take out, earliest first, the keys whose deadline has come."""
        while (when := self.next()) is not None and when <= now:
            key = heapq.heappop(self._heap)[1]
            del self._deadlines[key]
            yield key
