"""How much may be done for strangers."""

from __future__ import annotations

__all__ = ["Allowance"]


class Allowance:
    """A token bucket. Time in monotonic seconds.

    Args:
        rate: of what may be taken, per second.
        most: that may be taken at once after a rest.
    """

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float, most: float) -> None:
        self._rate = rate
        self._most = self._left = most
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take one if there is one left."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate) if self._at else self._most
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
