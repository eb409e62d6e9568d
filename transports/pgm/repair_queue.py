"""What a sender still has to repair, each packet once however many ask (RFC 3208 section 5.2)."""

from __future__ import annotations

from typing import Final

__all__ = ["ParityQueue", "RepairQueue"]

_MAX_PENDING: Final = 65_536
_MAX_GROUPS: Final = 4096


class RepairQueue:
    """Sequences asked for, oldest request first; one just repaired is not repaired again for `linger`."""

    __slots__ = ("_linger", "_pending", "_recent")

    def __init__(self, linger: float) -> None:
        self._linger = linger
        self._pending: dict[int, None] = {}
        self._recent: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def ask(self, sequence: int, now: float) -> bool:
        """Queue `sequence`; False when it is on its way already."""
        if sequence in self._pending or len(self._pending) >= _MAX_PENDING:
            return False
        if self._recent.get(sequence, -1.0) + self._linger > now:
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
        recent.pop(sequence, None)
        recent[sequence] = now
        oldest = next(iter(recent))
        while recent[oldest] + self._linger <= now:
            del recent[oldest]
            oldest = next(iter(recent), sequence)
            if oldest == sequence:
                break


class ParityQueue:
    """Parity packets asked for, by group; each packet sent has an index not used before, while there are
    any.
    """

    __slots__ = ("_groups", "_linger", "_pending", "_spare")

    def __init__(self, linger: float, spare: int) -> None:
        """Begin empty; `spare` is how many different parity packets a group has."""
        self._linger = linger
        self._spare = spare
        self._pending: dict[int, int] = {}
        self._groups: dict[int, tuple[int, int, float]] = {}
        """Group to (packets ever sent, packets of the last burst, when that was)."""

    def __len__(self) -> int:
        return len(self._pending)

    def ask(self, group: int, count: int, now: float) -> bool:
        """Queue `count` parity packets of `group`; False when as many are on their way already."""
        _, burst, when = self._groups.get(group, (0, 0, -1.0))
        if when + self._linger > now:
            count -= burst
        if count <= self._pending.get(group, 0) or len(self._pending) >= _MAX_GROUPS:
            return False
        self._pending[group] = min(count, self._spare)
        return True

    def take(self, now: float) -> tuple[int, list[int]] | None:
        """Take out the next group and the indices of the parity packets to send, from 0."""
        if not self._pending:
            return None
        group = next(iter(self._pending))
        count = self._pending.pop(group)
        sent, burst, when = self._groups.pop(group, (0, 0, -1.0))
        if when + self._linger > now:
            burst += count
        else:
            burst = count
        self._groups[group] = (sent + count, burst, now)
        if len(self._groups) > _MAX_GROUPS:
            del self._groups[next(iter(self._groups))]
        return group, [(sent + index) % self._spare for index in range(count)]
