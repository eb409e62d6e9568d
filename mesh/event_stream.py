"""Handing events to those who iterate over them, each at their own pace: the oldest give way, and that is counted."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Generic, Self, TypeVar

from .events import Event, Missed, Shout, Whisper

__all__ = ["EVENTS_LIMIT", "DropQueue", "EventHub", "EventStream"]

T = TypeVar("T")
EVENTS_LIMIT = 10_000
"""Events that wait for one reader; then the oldest give way to a `Missed` that counts them."""
_OCTETS_LIMIT = 64 << 20
"""Octets of whispers and shouts among them."""


class DropQueue(Generic[T]):
    """Holds at most `limit` items of at most `octets` together.

    Attributes:
        dropped: items that gave way so far.
    """

    def __init__(self, limit: int, octets: int) -> None:
        self.dropped = 0
        self._limit = limit
        self._octet_limit = octets
        self._items: deque[tuple[T, int]] = deque()
        self._octets = 0
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False

    def __len__(self) -> int:
        """Return how many items wait."""
        return len(self._items)

    def put(self, item: T, size: int) -> None:
        """Queue an item that holds `size` octets; a single one is kept whatever its size."""
        self._items.append((item, size))
        self._octets += size
        while len(self._items) > self._limit or (self._octets > self._octet_limit and len(self._items) > 1):
            self._octets -= self._items.popleft()[1]
            self.dropped += 1
        self._wake()

    def end(self) -> None:
        """Let readers stop after what is queued."""
        self._ended = True
        self._wake()

    def clear(self) -> None:
        """Forget what is queued."""
        self._items.clear()
        self._octets = 0

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Wait until there is an item; for one reader at a time.

        Cancel: no item is lost.

        Raises:
            StopAsyncIteration: there is none, and none will come.
        """
        while not self._items:
            if self._ended:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def get_nowait(self) -> T:
        """Return the next item; there must be one."""
        item, size = self._items.popleft()
        self._octets -= size
        return item


class EventStream:
    """One reader's events: an async iterator that ends when the node is left."""

    def __init__(self, hub: EventHub) -> None:
        self._hub = hub
        self._queue: DropQueue[Event] = DropQueue(EVENTS_LIMIT, _OCTETS_LIMIT)
        self._told = 0
        """Of those that were dropped, how many the reader knows about."""

    @property
    def missed(self) -> int:
        """Events that this reader was too slow for."""
        return self._queue.dropped

    def put(self, event: Event) -> None:
        """Queue an event."""
        size = sum(map(len, event.frames)) if isinstance(event, (Whisper, Shout)) else 0
        before = self._queue.dropped
        self._queue.put(event, size)
        self._hub.missed += self._queue.dropped - before

    def end(self) -> None:
        """Let the iteration end after what is queued."""
        self._queue.end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Cancel: no event is lost.
        """
        await self._queue.wait()
        untold = self._queue.dropped - self._told
        if untold:
            self._told += untold
            return Missed(untold)
        return self._queue.get_nowait()

    async def aclose(self) -> None:
        """Stop listening; what waits is dropped."""
        self._hub.forget(self)
        self._queue.clear()
        self._queue.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class EventHub:
    """All readers of one node. What happens before the first one comes is kept for it.

    Attributes:
        missed: events that readers were too slow for.
    """

    def __init__(self) -> None:
        self.missed = 0
        self._ended = False
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self._early: EventStream | None = EventStream(self)
        self._streams.add(self._early)
        self._waiters: set[asyncio.Future[None]] = set()
        self._takers: list[Callable[[Event], bool]] = []

    def divert(self, taker: Callable[[Event], bool]) -> None:
        """Show `taker` every event first; readers are not told those that it keeps, by returning True."""
        self._takers.append(taker)

    def undivert(self, taker: Callable[[Event], bool]) -> None:
        """Show it nothing more."""
        if taker in self._takers:
            self._takers.remove(taker)

    def open(self, present: Iterable[Event]) -> EventStream:
        """Return a new reader's stream.

        Args:
            present: what later readers are told first; the first one gets what really happened.
        """
        if self._early is not None:
            stream, self._early = self._early, None
            return stream
        stream = EventStream(self)
        for event in present:
            stream.put(event)
        self._streams.add(stream)
        if self._ended:
            stream.end()
        return stream

    def emit(self, event: Event) -> None:
        """Tell every reader, and everybody who waits for a change."""
        if self._takers and sum(take(event) for take in self._takers):  # each is shown it
            return
        for stream in self._streams:
            stream.put(event)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait_change(self) -> None:
        """Wait for the next event."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def forget(self, stream: EventStream) -> None:
        """Tell a reader no more."""
        self._streams.discard(stream)

    def end(self) -> None:
        """Let every iteration end."""
        self._ended = True
        for stream in self._streams:
            stream.end()
