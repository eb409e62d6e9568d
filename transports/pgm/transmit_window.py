"""What a sender can repair: the packets of the last seconds, in runs as they were sent."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

__all__ = ["Run", "TransmitWindow"]


class Run:
    """Consecutive ODATA packets in one buffer; all but the last have the same size."""

    __slots__ = ("count", "data", "first", "segment", "sent_at")

    def __init__(self, first: int, count: int, data: bytes, segment: int, sent_at: float) -> None:
        self.first = first
        self.count = count
        self.data = data
        self.segment = segment
        self.sent_at = sent_at

    def packet(self, sequence: int) -> bytes:
        """Return the packet as it was sent."""
        start = (sequence - self.first) * self.segment
        return self.data[start : start + self.segment]


class TransmitWindow:
    """Runs from `trail` to `lead`, bounded in octets and seconds; the newest run always stays."""

    __slots__ = ("_firsts", "_octets", "_runs", "_seconds", "_size", "lead", "trail")

    def __init__(self, first: int, octets: int, seconds: float) -> None:
        self._octets = octets
        self._seconds = seconds
        self._size = 0
        self._runs: deque[Run] = deque()
        self._firsts: deque[int] = deque()
        self.trail = first
        """Oldest sequence that can be repaired; lead + 1 when there is none."""
        self.lead = first - 1
        """Newest sequence sent."""

    @property
    def octets(self) -> int:
        """Octets kept."""
        return self._size

    def append(self, run: Run) -> None:
        """Add the run that follows `lead` and drop what is too much."""
        self._runs.append(run)
        self._firsts.append(run.first)
        self._size += len(run.data)
        self.lead = run.first + run.count - 1
        runs = self._runs
        while len(runs) > 1 and (self._size > self._octets or runs[0].sent_at + self._seconds < run.sent_at):
            self._drop()

    def expire(self, now: float) -> None:
        """Drop what is older than the window's seconds."""
        while self._runs and self._runs[0].sent_at + self._seconds < now:
            self._drop()

    def _drop(self) -> None:
        run = self._runs.popleft()
        self._firsts.popleft()
        self._size -= len(run.data)
        self.trail = run.first + run.count

    def find(self, sequence: int) -> bytes | None:
        """Return the ODATA packet with that sequence, if it is still here."""
        if not self.trail <= sequence <= self.lead:
            return None
        return self._runs[bisect_right(self._firsts, sequence) - 1].packet(sequence)
