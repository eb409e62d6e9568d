"""The sources that a receiver remembers, bounded against a flood of forged sessions."""

from __future__ import annotations

from typing import Final

from .source import Source

__all__ = ["Key", "SourceTable"]

Key = tuple[str, bytes]
"""Address and transport session (GSI and port): libzmq's hosts all share one GSI."""
_PROVEN: Final = 16
"""Packets after which a source is not evicted for newcomers."""


class SourceTable:
    """Proven sources stay until they time out; newcomers evict the oldest newcomer."""

    __slots__ = ("_limit", "_newcomers", "_proven", "_sessions")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._newcomers: dict[Key, Source] = {}
        self._proven: dict[Key, Source] = {}
        self._sessions: dict[bytes, dict[Key, Source]] = {}

    def __len__(self) -> int:
        return len(self._newcomers) + len(self._proven)

    def all(self) -> list[Source]:
        """Return every source."""
        return [*self._proven.values(), *self._newcomers.values()]

    def of_session(self, tsi: bytes) -> list[Source]:
        """Return the sources with that session identifier, one an address."""
        return list(self._sessions.get(tsi, {}).values())

    def find(self, key: Key) -> Source | None:
        """Return the source with that key."""
        source = self._proven.get(key)
        if source is not None:
            return source
        source = self._newcomers.get(key)
        if source is not None and source.counts.packets >= _PROVEN and len(self._proven) < self._limit:
            self._proven[key] = self._newcomers.pop(key)
        return source

    def add(self, key: Key, source: Source) -> tuple[Key, Source] | None:
        """Remember a source; return the one that had to go for it."""
        evicted: tuple[Key, Source] | None = None
        if len(self._newcomers) >= self._limit:
            oldest = next(iter(self._newcomers))
            evicted = (oldest, self._newcomers[oldest])
            self.remove(oldest)
        self._newcomers[key] = source
        self._sessions.setdefault(key[1], {})[key] = source
        return evicted

    def remove(self, key: Key) -> None:
        """Forget a source."""
        if self._proven.pop(key, None) is None:
            self._newcomers.pop(key, None)
        same = self._sessions.get(key[1], {})
        same.pop(key, None)
        if not same:
            self._sessions.pop(key[1], None)
