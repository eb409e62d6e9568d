"""Notices that the machine was suspended, from two clocks of which one goes on meanwhile."""

from __future__ import annotations

__all__ = ["SleepDetector"]

_SHORTEST = 1.0
"""Seconds; less is scheduling, not sleep."""


class SleepDetector:
    """Compares the clock that stands still in suspend with the one that does not.

    Neither of them jumps when somebody sets the time. A stopped process (SIGSTOP) is no sleep: both go on.
    """

    __slots__ = ("_gap",)

    def __init__(self, monotonic: float, boottime: float) -> None:
        self._gap = boottime - monotonic

    def slept(self, monotonic: float, boottime: float) -> float:
        """Return how long the machine slept since the last call; 0 for not at all. Seconds."""
        gap, self._gap = self._gap, boottime - monotonic
        sleep = self._gap - gap
        return sleep if sleep >= _SHORTEST else 0.0
