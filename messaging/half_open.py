"""Connections that came in and are still in their handshake: a bounded number, the greediest source giving way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from covey.transports.stream import StreamLink

from .pipe import Pipe

__all__ = ["MAX_HALF_OPEN", "HalfOpen"]

MAX_HALF_OPEN = 512
"""Accepted connections of a socket that may be in their handshake at a time."""


class HalfOpen:
    """Links by their pipes, and how many each source has. Those that we dialled never give way.

    Args:
        most: accepted connections that may be unfinished at a time.
    """

    __slots__ = ("_counts", "_links", "_most", "_total")

    def __init__(self, most: int = MAX_HALF_OPEN) -> None:
        self._most = most
        self._links: dict[Pipe, tuple[StreamLink, str | None]] = {}
        self._counts: Counter[str] = Counter()
        self._total = 0

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[Pipe]:
        return iter(self._links)

    def add(self, pipe: Pipe, link: StreamLink, source: str | None) -> None:
        """Keep a link whose handshake begins; `source` is None where we dialled."""
        self._links[pipe] = link, source
        if source is not None:
            self._counts[source] += 1
            self._total += 1

    def pop(self, pipe: Pipe) -> StreamLink | None:
        """Forget a pipe, whose handshake is over; return its link, None if it was not here."""
        link, source = self._links.pop(pipe, (None, None))
        if source is not None:
            self._total -= 1
            self._counts[source] -= 1
            if not self._counts[source]:
                del self._counts[source]
        return link

    def surplus(self) -> Pipe | None:
        """Return who must give way before one more is accepted: the oldest of the source that has most."""
        if self._total < self._most:
            return None
        greediest = max(self._counts, key=self._counts.__getitem__)
        return next(pipe for pipe, (_, source) in self._links.items() if source == greediest)
