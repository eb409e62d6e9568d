"""The tuples that a hub knows.

zgossip has tuples that stay for ever. Ours may run out: who owns one publishes it again and again, with its
full time to live, and hubs pass the refreshment on with what is left of it. What is left only shrinks on
the way, and only a refreshment that adds something is passed on, so nothing circles in a ring of hubs.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from .wire import Publish

__all__ = ["News", "TupleStore"]

_LEAST_GAIN = 1 / 6
"""Share of its time to live that a refreshment must add to count as one."""


class News(enum.Enum):
    """What a tuple that was heard means."""

    NEW = "new"
    """A new key or another value: deliver it and pass it on."""
    REFRESHED = "refreshed"
    """The same for longer: pass it on."""
    KNOWN = "known"
    """Nothing."""


@dataclass(slots=True)
class _Entry:
    value: str
    expires: float


class TupleStore:
    """At most `limit` tuples; beyond it the one that was accepted longest ago is forgotten."""

    __slots__ = ("_entries", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def accept(self, heard: Publish, now: float) -> News:
        """Take a tuple and say what it means."""
        ttl = heard.ttl / 1000
        expires = now + ttl if ttl else inf
        entry = self._entries.get(heard.key)
        if entry is not None and entry.value == heard.value:
            if expires - entry.expires <= ttl * _LEAST_GAIN or entry.expires == inf:
                return News.KNOWN
            entry.expires = expires
            self._entries.move_to_end(heard.key)
            return News.REFRESHED
        self._entries[heard.key] = _Entry(heard.value, expires)
        self._entries.move_to_end(heard.key)
        if len(self._entries) > self._limit:
            self._entries.popitem(last=False)
        return News.NEW

    def forget_expired(self, now: float) -> None:
        """Drop what ran out."""
        for key in [key for key, entry in self._entries.items() if entry.expires <= now]:
            del self._entries[key]

    def messages(self, now: float) -> Iterator[Publish]:
        """Yield every tuple with the time that it has left."""
        for key, entry in self._entries.items():
            left = 0 if entry.expires == inf else int((entry.expires - now) * 1000)
            if left > 0 or entry.expires == inf:
                yield Publish(key, entry.value, left)
