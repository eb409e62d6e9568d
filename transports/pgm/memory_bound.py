"""What all sources of a receiver together may keep behind holes: each is bounded, but there may be hundreds."""

from __future__ import annotations

from typing import Final

from .source import Source

__all__ = ["MemoryBound"]

_RELIEF: Final = 0.75
"""How much of the bound is left in use when it was passed: not every packet after it is to pass it again."""


class MemoryBound:
    """Sums up what sources keep; the greediest give up their oldest holes when it is too much."""

    __slots__ = ("_held", "_limit", "octets", "shed")

    def __init__(self, limit: int) -> None:
        """Begin with nothing; `limit` counts octets of packets, parity included."""
        self._limit = limit
        self._held: dict[Source, int] = {}
        self.octets = 0
        """Kept now."""
        self.shed = 0
        """Octets that had to go: what waited behind the holes was delivered, the holes were lost."""

    def account(self, source: Source) -> bool:
        """Take note of what `source` keeps now; True when it is too much in all."""
        held = source.held
        before = self._held.pop(source, 0)
        if held:
            self._held[source] = held
        self.octets += held - before
        return self.octets > self._limit

    def forget(self, source: Source) -> None:
        """Take note that `source` is gone."""
        self.octets -= self._held.pop(source, 0)

    def relieve(self, now: float) -> list[Source]:
        """Make the greediest give up holes until there is room; return whom."""
        target = int(self._limit * _RELIEF)
        relieved: list[Source] = []
        for source in sorted(self._held, key=self._held.__getitem__, reverse=True):
            if self.octets <= target:
                break
            before = self._held[source]
            source.shed(self.octets - target, now)
            self.account(source)
            self.shed += before - self._held.get(source, 0)
            relieved.append(source)
        return relieved
