"""Handing changes of the directory to those who iterate over them."""

from __future__ import annotations

from typing import Self

from covey.discovery.directory import Change

from .event_stream import DropQueue

__all__ = ["ChangeHub", "ChangeStream"]

_LIMIT = 10_000
"""Changes that wait for one reader; then the oldest are dropped."""


class ChangeStream:
    """One reader's changes: an async iterator that ends when the node is left."""

    def __init__(self) -> None:
        self._queue: DropQueue[Change] = DropQueue(_LIMIT, _LIMIT)

    @property
    def missed(self) -> int:
        """Changes that this reader was too slow for."""
        return self._queue.dropped

    def put(self, change: Change) -> None:
        """Queue a change."""
        self._queue.put(change, 1)

    def end(self) -> None:
        """Let the iteration end after what is queued."""
        self._queue.end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        """Return the next change. Cancel: nothing is lost."""
        await self._queue.wait()
        return self._queue.get_nowait()


class ChangeHub:
    """All readers of one node."""

    def __init__(self) -> None:
        self._streams: list[ChangeStream] = []
        self._ended = False

    def open(self) -> ChangeStream:
        """Return the changes from now on."""
        stream = ChangeStream()
        if self._ended:
            stream.end()
        else:
            self._streams.append(stream)
        return stream

    def emit(self, change: Change) -> None:
        """Hand a change to all readers."""
        for stream in self._streams:
            stream.put(change)

    def end(self) -> None:
        """Let all readers come to their end."""
        self._ended = True
        while self._streams:
            self._streams.pop().end()
