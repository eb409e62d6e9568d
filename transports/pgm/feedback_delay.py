"""How long a receiver waits before it asks for a repair, and for the answer.

The back-off is a truncated exponential (RFC 5401): most draws lie near its end, few early; with many
receivers one of the early ones asks, its NCF silences the rest. Both the back-off's length and the waits for
answers follow the measured round trip, as TCP's timer does (RFC 6298).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

__all__ = ["BackOff", "RoundTrip"]

_BACK_OFF_MIN: Final = 0.0005
_BACK_OFF_TRIPS: Final = 2.0
"""Back-off in round trips: one would suppress nobody, since the NCF takes as long to arrive."""
_WAIT_MIN: Final = 0.004
"""Shortest wait for an answer; must exceed a sender's linger."""
_DOUBTS: Final = 8
_FIRST_WAIT: Final = 0.02


class RoundTrip:
    """Smoothed time from a question to its answer, and how long to wait for one."""

    __slots__ = ("_doubts", "_maximum", "_variation", "smoothed")

    def __init__(self, maximum: float) -> None:
        """Begin unmeasured; `maximum` bounds the wait for one that answers faster than half of it."""
        self._maximum = maximum
        self._variation = 0.0
        self._doubts = 0
        self.smoothed = 0.0
        """Seconds; 0.0 until measured."""

    def measured(self, seconds: float) -> None:
        """Take in one measurement of a question that was asked once only."""
        self._doubts = 0
        if self.smoothed == 0.0:
            self.smoothed = max(seconds, 1e-6)
            self._variation = seconds / 2
            return
        self._variation += (abs(seconds - self.smoothed) - self._variation) / 4
        self.smoothed += (seconds - self.smoothed) / 8

    def doubted(self, seconds: float) -> None:
        """Take in the time since the first of several askings.

        It counts only when nothing better was measured for a while: then the answers are slower than our
        patience, and measuring them is how it grows.
        """
        self._doubts += 1
        if self._doubts >= _DOUBTS:
            self.measured(seconds)

    def wait(self, attempts: int) -> float:
        """Return how long to wait for the answer to question number `attempts`, from 1."""
        base = self.smoothed + 4 * self._variation if self.smoothed else _FIRST_WAIT
        longest = max(self._maximum, 2 * self.smoothed)
        return min(max(base, _WAIT_MIN) * 1.5 ** min(attempts - 1, 12), longest)


class BackOff:
    """Random delays before a NAK."""

    __slots__ = ("_draw", "_lambda", "_maximum", "_scale")

    def __init__(self, maximum: float, group: int, random_bytes: Callable[[int], bytes]) -> None:
        """Shape the delays.

        Args:
            maximum: longest delay, seconds.
            group: receivers to expect.
            random_bytes: returns that many random octets.
        """
        self._maximum = maximum
        self._lambda = math.log(max(group, 1)) + 1
        self._scale = math.expm1(self._lambda)
        self._draw = random_bytes

    def delay(self, round_trip: float, patience: float = 1.0) -> float:
        """Return a delay in seconds for a measured `round_trip` (0.0: unknown), `patience` times the usual."""
        limit = self._maximum
        if round_trip:
            limit = min(limit, max(_BACK_OFF_MIN, round_trip * _BACK_OFF_TRIPS))
        uniform = int.from_bytes(self._draw(4), "big") / 2**32
        return patience * limit * math.log1p(uniform * self._scale) / self._lambda
