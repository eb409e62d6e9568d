"""Which peers want a message: topic prefixes, looked up by length."""

from __future__ import annotations

from collections import Counter
from typing import Generic, TypeVar

__all__ = ["PrefixSet", "SubscriptionTable"]

P = TypeVar("P")
_CACHE_LIMIT = 4096
_FEW_PREFIXES = 16


class SubscriptionTable(Generic[P]):
    """Topic prefixes of many peers; for each peer they form a set, as libzmq has it.

    A message is matched by cutting its topic to every length that some prefix has, so the price depends
    on the number of different lengths, not of prefixes.
    """

    def __init__(self) -> None:
        self._peers: dict[bytes, dict[P, None]] = {}
        self._topics: dict[P, set[bytes]] = {}
        self._lengths: Counter[int] = Counter()
        self._order: tuple[int, ...] = ()
        self._longest = 0
        self._cache: dict[bytes, tuple[P, ...]] = {}

    def __len__(self) -> int:
        return len(self._peers)

    def add(self, topic: bytes, peer: P) -> tuple[bool, bool]:
        """Subscribe a peer; return (first peer with this topic, new for this peer)."""
        topics = self._topics.setdefault(peer, set())
        if topic in topics:
            return False, False
        topics.add(topic)
        peers = self._peers.get(topic)
        if peers is None:
            self._peers[topic] = {peer: None}
            self._lengths[len(topic)] += 1
            self._reorder()
            return True, True
        peers[peer] = None
        self._cache.clear()
        return False, True

    def remove(self, topic: bytes, peer: P) -> tuple[bool, bool]:
        """Unsubscribe a peer; return (it was the last with this topic, it had it)."""
        topics = self._topics.get(peer)
        if topics is None or topic not in topics:
            return False, False
        topics.discard(topic)
        if not topics:
            del self._topics[peer]
        peers = self._peers[topic]
        del peers[peer]
        if peers:
            self._cache.clear()
            return False, True
        del self._peers[topic]
        self._lengths[len(topic)] -= 1
        if not self._lengths[len(topic)]:
            del self._lengths[len(topic)]
        self._reorder()
        return True, True

    def remove_peer(self, peer: P) -> list[bytes]:
        """Forget a peer; return the topics that nobody has any more."""
        return [topic for topic in list(self._topics.get(peer, ())) if self.remove(topic, peer)[0]]

    def topics(self, peer: P) -> list[bytes]:
        """Return the topics of a peer."""
        return list(self._topics.get(peer, ()))

    def knows(self, topic: bytes) -> bool:
        """Return whether somebody is subscribed to exactly this topic."""
        return topic in self._peers

    def topics_of(self, peer: P) -> int:
        """Return how many topics a peer has."""
        return len(self._topics.get(peer, ()))

    def _reorder(self) -> None:
        self._cache.clear()
        if len(self._order) != len(self._lengths):
            self._order = tuple(sorted(self._lengths))
            self._longest = self._order[-1] if self._order else 0

    @property
    def everybody(self) -> tuple[P, ...] | None:
        """The peers that get every message, if nobody chooses; None when somebody does."""
        return self.match(b"") if self._order in ((), (0,)) else None

    def match(self, topic: bytes) -> tuple[P, ...]:
        """Return the peers with a prefix of `topic`, each once."""
        key = topic[: self._longest]
        found = self._cache.get(key)
        if found is None:
            found = self._match(key)
            if len(self._cache) >= _CACHE_LIMIT:
                self._cache.clear()
            self._cache[key] = found
        return found

    def _match(self, topic: bytes) -> tuple[P, ...]:
        size = len(topic)
        found: dict[P, None] = {}
        for length in self._order:
            if length > size:
                break
            peers = self._peers.get(topic[:length])
            if peers:
                found.update(peers)
        return tuple(found)


class PrefixSet:
    """A subscriber's own prefixes, counted, so that only the last `remove` takes one away."""

    def __init__(self) -> None:
        self._counts: Counter[bytes] = Counter()
        self._of_length: Counter[int] = Counter()
        self._lengths: tuple[int, ...] = ()
        self._few: tuple[bytes, ...] | None = ()

    def __len__(self) -> int:
        return len(self._counts)

    def topics(self) -> list[bytes]:
        """Return every prefix once."""
        return list(self._counts)

    def add(self, topic: bytes) -> bool:
        """Count a prefix; True when it is new."""
        self._counts[topic] += 1
        if self._counts[topic] > 1:
            return False
        self._of_length[len(topic)] += 1
        if self._of_length[len(topic)] == 1:
            self._lengths = tuple(sorted(self._of_length))
        self._look_whether_few()
        return True

    def remove(self, topic: bytes) -> bool:
        """Count a prefix down; True when it is gone, False when it stays or was never there."""
        if topic not in self._counts:
            return False
        self._counts[topic] -= 1
        if self._counts[topic]:
            return False
        del self._counts[topic]
        self._of_length[len(topic)] -= 1
        if not self._of_length[len(topic)]:
            del self._of_length[len(topic)]
            self._lengths = tuple(sorted(self._of_length))
        self._look_whether_few()
        return True

    def _look_whether_few(self) -> None:
        """List the prefixes where `startswith` is faster than cutting and looking up."""
        self._few = tuple(self._counts) if len(self._counts) <= _FEW_PREFIXES else None

    @property
    def matches_all(self) -> bool:
        """Whether the empty prefix is among them."""
        return bool(self._lengths) and self._lengths[0] == 0

    def matches(self, topic: bytes) -> bool:
        """Return whether a prefix of `topic` is among them."""
        if self._few is not None:
            return topic.startswith(self._few)
        counts = self._counts
        return any(topic[:length] in counts for length in self._lengths if length <= len(topic))
