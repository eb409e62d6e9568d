"""What a sender still has to repair, each packet once however many ask (RFC 3208 section 5.2).

Whoever asks for the same again and again gets it ever more rarely, so forged requests can make a sender send its
window several times over, not any number of times.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ParityQueue", "RepairQueue"]

_MAX_PENDING: Final = 65_536
_MAX_GROUPS: Final = 4096
_GROWTH: Final = 1.5
"""How much longer each repair of a packet stays the last one; as receivers lengthen their waits."""
_LINGER_MAX: Final = 1.0
_MEMORY: Final = 2.0
"""Seconds after which the repairs of a packet are forgotten; longer than `_LINGER_MAX`."""


class RepairQueue:
    """Sequences asked for, oldest request first; one just repaired is not repaired again for `linger`, which
    grows with each repair of it.
    """

    __slots__ = ("_linger", "_pending", "_recent")

    def __init__(self, linger: float) -> None:
        self._linger = linger
        self._pending: dict[int, None] = {}
        self._recent: dict[int, tuple[float, float]] = {}
        """When a sequence was repaired, and how long that will do; oldest first."""

    def __len__(self) -> int:
        return len(self._pending)

    def ask(self, sequence: int, now: float) -> bool:
        """Queue `sequence`; False when it is on its way already."""
        if sequence in self._pending or len(self._pending) >= _MAX_PENDING:
            return False
        recent = self._recent.get(sequence)
        if recent is not None and recent[0] + recent[1] > now:
            return False
        self._pending[sequence] = None
        return True

    def peek(self) -> int | None:
        """Return the next sequence to repair."""
        return next(iter(self._pending), None)

    def repaired(self, sequence: int, now: float) -> None:
        """Take `sequence` out: it was sent, or cannot be."""
        del self._pending[sequence]
        recent = self._recent
        before = recent.pop(sequence, None)
        linger = self._linger
        if before is not None and before[0] + _MEMORY > now:
            linger = min(before[1] * _GROWTH, _LINGER_MAX)
        recent[sequence] = (now, linger)
        while (oldest := next(iter(recent))) != sequence and (
            recent[oldest][0] + _MEMORY <= now or len(recent) > _MAX_PENDING
        ):
            del recent[oldest]


class _Group:
    __slots__ = ("limit", "linger", "opened_at", "sent", "sent_at", "sent_last", "wanted")

    def __init__(self, sent: int, limit: int, linger: float, now: float) -> None:
        self.sent = self.wanted = sent
        """Parity packets ever sent, and to be sent."""
        self.sent_last = 0
        """... of them in the last burst,"""
        self.sent_at = -1.0
        """which was then."""
        self.limit = limit
        """Parity packets that may be sent before a pause of `linger` ..."""
        self.linger = linger
        self.opened_at = now
        """... which counts from here."""


class ParityQueue:
    """Parity packets asked for, by group; each packet sent has an index not used before, while there are
    any.

    An asker that says which packets it accounts for gets what goes beyond these, if it was not sent yet: the
    largest request counts, not the sum, whatever the delays are. For others, what was sent within `linger`
    counts as not seen yet. No group gets more parity packets than it has data without a pause.
    """

    __slots__ = ("_first", "_groups", "_linger", "_pending", "_size", "_spare")

    def __init__(self, linger: float, spare: int, size: int, first: int = 0) -> None:
        """Begin empty.

        Args:
            linger: seconds.
            spare: how many different parity packets a group has.
            size: data packets of a group.
            first: parity packets of each group that are sent unasked.
        """
        self._linger = linger
        self._spare = spare
        self._size = size
        self._first = first
        self._pending: dict[int, _Group] = {}
        self._groups: dict[int, _Group] = {}
        """Those of which nothing is wanted, oldest first."""

    def __len__(self) -> int:
        return len(self._pending)

    def ask(self, group: int, count: int, now: float, seen: int | None = None) -> bool:
        """Queue `count` parity packets of `group` beyond the `seen` first ones; False when as many are on their
        way already.
        """
        known = self._pending.get(group) or self._groups.get(group)
        if known is None:
            known = _Group(self._first, self._first + self._size, self._linger, now)
        wanted = self._total(known, count, now, seen)
        if wanted > known.limit and now >= known.opened_at + known.linger:
            known.limit = known.sent + self._size
            known.linger = min(known.linger * _GROWTH, _LINGER_MAX)
            known.opened_at = now
        wanted = min(wanted, known.limit)
        if wanted <= known.wanted or (group not in self._pending and len(self._pending) >= _MAX_GROUPS):
            return False
        known.wanted = wanted
        self._groups.pop(group, None)
        self._pending[group] = known
        return True

    def _total(self, known: _Group, count: int, now: float, seen: int | None) -> int:
        """Return how many parity packets will do, from the group's first."""
        if seen is not None and known.sent < self._spare:
            return min(seen, known.sent) + count
        # it knows no numbers, or they are used up
        fresh = known.sent_last if known.sent_at + self._linger > now else 0
        return known.sent - fresh + count

    def take(self, now: float) -> tuple[int, list[int]] | None:
        """Take out the next group and the indices of the parity packets to send, from 0."""
        if not self._pending:
            return None
        group = next(iter(self._pending))
        known = self._pending.pop(group)
        count = known.wanted - known.sent
        if known.sent_at + self._linger > now:
            known.sent_last += count
        else:
            known.sent_last = count
        indices = [(known.sent + number) % self._spare for number in range(count)]
        known.sent, known.sent_at = known.wanted, now
        self._groups[group] = known
        if len(self._groups) > _MAX_GROUPS:
            del self._groups[next(iter(self._groups))]
        return group, indices
