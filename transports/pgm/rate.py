"""A token bucket."""

from __future__ import annotations

from typing import Final

__all__ = ["TokenBucket"]

_BURST: Final = 0.002
"""Seconds' worth of tokens that a bucket holds."""


class TokenBucket:
    """Limits octets a second; may go into debt by one spending, which later time pays off."""

    __slots__ = ("_burst", "_rate", "_then", "_tokens")

    def __init__(self, rate: float | None, now: float, *, burst: float = 65536.0) -> None:
        """Make a full bucket.

        Args:
            rate: octets a second; None for no limit.
            now: monotonic seconds.
            burst: least size of the bucket, octets.
        """
        self._rate = rate
        self._burst = max(burst, (rate or 0.0) * _BURST)
        self._tokens = self._burst
        self._then = now

    def allows(self, now: float) -> bool:
        """Whether something may be spent now."""
        if self._rate is None:
            return True
        self._tokens = min(self._burst, self._tokens + (now - self._then) * self._rate)
        self._then = now
        return self._tokens > 0

    def spend(self, octets: int) -> None:
        """Take `octets` out."""
        if self._rate is not None:
            self._tokens -= octets

    def ready_at(self) -> float:
        """Return when something may be spent again (0.0: always)."""
        if self._rate is None:
            return 0.0
        return self._then + max(0.0, -self._tokens + 1) / self._rate
