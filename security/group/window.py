"""Which numbers of a sender have arrived, in a window behind the highest (as RFC 6479 does for IPsec)."""

from __future__ import annotations

from .constants import WINDOW

__all__ = ["ReplayWindow"]


class ReplayWindow:
    """Takes each number once, in any order within the window.

    Args:
        first: the smallest number that is taken at all.
    """

    __slots__ = ("_first", "_highest", "_seen")

    def __init__(self, first: int) -> None:
        self._first = first
        self._highest = first - 1
        self._seen = 0  # bit i: the number `i` below the highest has arrived

    def is_fresh(self, number: int) -> bool:
        """Whether `number` may still be taken; changes nothing."""
        if number > self._highest:
            return True
        behind = self._highest - number
        return number >= self._first and behind < WINDOW and not self._seen >> behind & 1

    def take(self, number: int) -> None:
        """Take a number that is fresh, once what bears it has proved genuine."""
        ahead = number - self._highest
        if ahead <= 0:
            self._seen |= 1 << -ahead
            return
        self._seen = (self._seen << ahead | 1) & _MASK if ahead < WINDOW else 1
        self._highest = number


_MASK = (1 << WINDOW) - 1
