"""Count what a receiver receives, without looking at the clock for each message."""

from __future__ import annotations

import statistics
import time

from .spec import WorkerSpec

__all__ = ["Meter", "percentile"]

WARM_UP_SECONDS = 0.25
WARM_UP_SHARE = 10
"""With a fixed count, one message in so many more goes before as warm-up."""
BURST_MESSAGES = 256
BURST_BYTES = 1 << 20
"""Between two looks at the clock pass at most so many messages and bytes."""


class Meter:
    """Tells a receiver how many messages to take before it asks again; measures after a warm-up.

    ::

        while burst := meter.next_burst():
            for _ in range(burst):
                await receive()
        meter.rate    # per second, from the first measured message to the last
    """

    __slots__ = ("_begun", "_deadline", "_ended", "_left", "_start", "burst", "measured", "measuring")

    def __init__(self, spec: WorkerSpec) -> None:
        self.burst = max(1, min(BURST_MESSAGES, BURST_BYTES // max(1, spec.size)))
        self._deadline = spec.seconds
        self._left = [spec.count // WARM_UP_SHARE + 1, spec.count] if spec.count else []
        self._begun = self._start = self._ended = 0.0
        self.measured = 0
        self.measuring = False

    def next_burst(self) -> int:
        """Return how many messages to take next; 0 when the measurement is over."""
        now = time.perf_counter()
        if not self._begun:
            self._begun = now
        return self._next_counted(now) if self._left else self._next_timed(now)

    def _next_timed(self, now: float) -> int:
        if not self.measuring:
            if now - self._begun >= WARM_UP_SECONDS:
                self._begin(now)
        elif now - self._start >= self._deadline:
            return self._end(now)
        return self._take(self.burst)

    def _next_counted(self, now: float) -> int:
        if not self.measuring and self._left[0] == 0:
            self._left.pop(0)
            self._begin(now)
        if self._left[0] == 0:
            return self._end(now)
        burst = min(self.burst, self._left[0])
        self._left[0] -= burst
        return self._take(burst)

    def _begin(self, now: float) -> None:
        self.measuring = True
        self._start = now

    def _end(self, now: float) -> int:
        self._ended = now
        return 0

    def _take(self, burst: int) -> int:
        if self.measuring:
            self.measured += burst
        return burst

    @property
    def rate(self) -> float:
        """Measured messages per second; after `next_burst` returned 0."""
        return self.measured / (self._ended - self._start)


def percentile(samples: list[float], percent: int) -> float:
    """Return the value that so many per cent of the samples stay below; 50 is the median."""
    if len(samples) == 1:
        return samples[0]
    return statistics.quantiles(samples, n=100, method="inclusive")[percent - 1]
