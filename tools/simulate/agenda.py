"""Simulated time: what happens next."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

__all__ = ["Agenda"]


class Agenda:
    """Calls in the order of their times; equals in the order in which they were planned."""

    def __init__(self) -> None:
        self.now = 0.0
        self._turns = count()
        self._planned: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, time: float, call: Callable[[], None]) -> None:
        """Plan a call; one that is late comes next."""
        heappush(self._planned, (max(time, self.now), next(self._turns), call))

    def run(self, until: float) -> None:
        """Make the calls up to a time, and move there."""
        while self._planned and self._planned[0][0] <= until:
            self.now, _, call = heappop(self._planned)
            call()
        self.now = until
