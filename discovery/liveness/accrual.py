"""How suspicious a silence is, given the pauses that a node makes when it is well.

After Hayashibara and others, "The phi accrual failure detector" (2004): pauses are taken to be normally
distributed, and suspicion is phi = -log10 of the chance that a pause is longer than the present one. Mean
and deviation are moving averages, so that a node which slows down on purpose is soon understood.
"""

from __future__ import annotations

from math import exp, inf, log10, sqrt

__all__ = ["Accrual"]

_WEIGHT = 0.1
"""Of the newest pause in the moving averages."""
_LEAST_DEVIATION = 0.1
"""Of the mean: no clockwork is trusted further."""

_OUTLIER = 6.0
"""Deviations beyond which a pause counts no more: one outage must not make us patient for minutes."""


class Accrual:
    """One node's rhythm. All times in seconds.

    Args:
        interval: the pause that is expected before any was seen.
        now: monotonic; the node was heard just now.
    """

    __slots__ = ("_beat_at", "_mean", "_variance", "last_heard")

    def __init__(self, interval: float, now: float) -> None:
        self.last_heard = self._beat_at = now
        self.expect(interval)

    def expect(self, interval: float) -> None:
        """Forget what was learnt: the node says that it speaks once in `interval` seconds from now on."""
        self._mean = interval
        self._variance = (interval * _LEAST_DEVIATION) ** 2

    @property
    def mean(self) -> float:
        """Mean pause."""
        return self._mean

    @property
    def deviation(self) -> float:
        """Standard deviation of pauses, never below a share of the mean."""
        return max(sqrt(self._variance), self._mean * _LEAST_DEVIATION)

    def heard(self, now: float, shortest: float = 0.0, *, is_beat: bool = True) -> None:
        """Take a sign of life. Signs in quick succession are one: a burst says nothing of the rhythm.

        Args:
            now: monotonic.
            shortest: pauses below this say nothing either, because they have another reason.
            is_beat: whether it is of the kind that comes regularly.
        """
        self.last_heard = now
        if not is_beat:
            return
        pause = now - self._beat_at
        self._beat_at = now
        if pause < max(self._mean * _LEAST_DEVIATION, shortest):
            return
        gap = min(pause - self._mean, _OUTLIER * self.deviation)
        self._mean += _WEIGHT * gap
        self._variance = (1 - _WEIGHT) * (self._variance + _WEIGHT * gap * gap)

    def excuse(self, duration: float, now: float) -> None:
        """Do not count a time in which nothing could be heard, because this process stood still."""
        self.last_heard = min(self.last_heard + duration, now)
        self._beat_at = min(self._beat_at + duration, now)

    def suspicion(self, now: float) -> float:
        """Return phi: 1 for a silence of which one in ten is as long, 8 for one in a hundred million."""
        distance = (now - self.last_heard - self._mean) / self.deviation
        tail = _tail(distance)
        return -log10(tail) if tail > 0 else inf


def _tail(distance: float) -> float:
    """Return the share of a normal distribution beyond a distance in deviations (logistic approximation)."""
    exponent = -distance * (1.5976 + 0.070566 * distance * distance)
    if exponent < -700:
        return 0.0
    if exponent > 700:
        return 1.0
    odds = exp(exponent)
    return odds / (1 + odds)
