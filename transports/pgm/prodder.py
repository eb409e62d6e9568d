"""Keeps OpenPGM's repairs coming.

A libzmq publisher sends one repair each time that something wakes it: an upstream packet, or a timer that is up to
100 ms away. Whoever asks for many packets at once therefore waits for seconds. So each repair from such a source is
answered by a NAK for the oldest packet that was confirmed but has not come, which wakes the source for the next
repair; where the chain breaks because a packet was lost, time takes it up again, ever more slowly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["Prodder"]

_PATIENCE: Final = 0.004
_LONGEST: Final = 0.1


class Prodder:
    """When to wake one source."""

    __slots__ = ("_patience", "deadline")

    def __init__(self) -> None:
        self._patience = _PATIENCE
        self.deadline: float | None = None
        """When to prod next; None while nothing is expected."""

    def confirmed(self, now: float) -> None:
        """The source promised repairs."""
        if self.deadline is None:
            self.deadline = now + self._patience

    def repaired(self, now: float) -> None:
        """A repair came: the next can be asked for at once."""
        self._patience = _PATIENCE
        self.deadline = now

    def take(self, now: float, promised: Callable[[], int | None]) -> int | None:
        """Return what to ask for again to wake the source now; `promised` finds what is on its way."""
        if not self.is_due(now):
            return None
        sequence = promised()
        if sequence is None:
            self.rest()
        else:
            self.prodded(now)
        return sequence

    def is_due(self, now: float) -> bool:
        """Whether to prod now, or to rest."""
        return self.deadline is not None and now >= self.deadline

    def prodded(self, now: float) -> None:
        """The source was woken; it may take a while."""
        self.deadline = now + self._patience
        self._patience = min(2 * self._patience, _LONGEST)

    def rest(self) -> None:
        """Nothing that was promised is missing."""
        self.deadline = None
        self._patience = _PATIENCE
