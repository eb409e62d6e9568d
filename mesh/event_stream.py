"""Handing events to those who iterate over them, each at their own pace."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from .events import Event, Missed

__all__ = ["EVENTS_LIMIT", "EventHub", "EventStream"]

EVENTS_LIMIT = 10_000
"""Events that wait for one reader; then the oldest give way to a `Missed` that counts them."""


class EventStream:
    """One reader's events: an async iterator that ends when the node is left."""

    def __init__(self, hub: EventHub) -> None:
        self._hub = hub
        self._events: deque[Event] = deque()
        self._missed = 0
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False

    @property
    def waiting(self) -> int:
        """Events that are there already."""
        return len(self._events) + bool(self._missed)

    def put(self, event: Event) -> None:
        """Queue an event."""
        if len(self._events) >= EVENTS_LIMIT:
            self._events.popleft()
            self._missed += 1
            self._hub.missed += 1
        self._events.append(event)
        self._wake()

    def end(self) -> None:
        """Let the iteration end after what is queued."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Cancel: no event is lost.
        """
        while not self._events and not self._missed:
            if self._ended:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._missed:
            missed, self._missed = self._missed, 0
            return Missed(missed)
        return self._events.popleft()

    async def aclose(self) -> None:
        """Stop listening; what waits is dropped."""
        self._hub.forget(self)
        self._events.clear()
        self._missed = 0
        self.end()

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
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self._early: EventStream | None = EventStream(self)
        self._streams.add(self._early)
        self._changed: set[asyncio.Future[None]] = set()

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
        return stream

    def emit(self, event: Event) -> None:
        """Tell every reader, and everybody who waits for a change."""
        for stream in self._streams:
            stream.put(event)
        for waiter in self._changed:
            if not waiter.done():
                waiter.set_result(None)
        self._changed.clear()

    async def wait_change(self) -> None:
        """Wait for the next event."""
        waiter = asyncio.get_running_loop().create_future()
        self._changed.add(waiter)
        try:
            await waiter
        finally:
            self._changed.discard(waiter)

    def forget(self, stream: EventStream) -> None:
        """Tell a reader no more."""
        self._streams.discard(stream)

    def end(self) -> None:
        """Let every iteration end."""
        for stream in self._streams:
            stream.end()
