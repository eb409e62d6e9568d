"""How long to wait before the next try: exponential, with jitter so that a fleet does not knock in step."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Backoff", "jitter"]


class Backoff:
    """Delays that double from `base` up to `maximum`, each cut by a random part of up to half.

    Args:
        base: first delay in seconds.
        maximum: largest delay in seconds; not above `base` means a constant base plus jitter, as libzmq
            does without RECONNECT_IVL_MAX.
        uniform: returns a number in [0, 1).
    """

    __slots__ = ("_attempts", "_base", "_maximum", "_uniform")

    def __init__(self, base: float, maximum: float, uniform: Callable[[], float]) -> None:
        self._base = base
        self._maximum = maximum
        self._uniform = uniform
        self._attempts = 0

    def next_delay(self) -> float:
        """Return the delay in seconds before the next try and count it."""
        if self._maximum <= self._base:
            return self._base * (1 + self._uniform())
        delay = min(self._base * 2.0 ** min(self._attempts, 30), self._maximum)
        self._attempts += 1
        return delay * (1 - self._uniform() / 2)

    def reset(self) -> None:
        """Begin anew at the base after a success."""
        self._attempts = 0


def jitter() -> float:
    """Return a random number in [0, 1)."""
    import random  # costs a millisecond; who is connected at the first try needs none

    return random.random()
