"""Handing a socket's events to whoever listens, without ever holding the socket up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from .events import Closed, SocketEvent

__all__ = ["EventStream", "Monitor"]

_QUEUE_LIMIT = 10_000


class EventStream:
    """One listener's events: an async iterator that ends when the socket is closed.

    Attributes:
        missed: events that found the queue full because nobody took them.
    """

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._events: deque[SocketEvent] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self.missed = 0

    def put(self, event: SocketEvent) -> None:
        """Queue an event, or count it as missed."""
        if len(self._events) >= _QUEUE_LIMIT:
            self.missed += 1
        else:
            self._events.append(event)
        if isinstance(event, Closed):
            self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SocketEvent:
        """Return the next event; the last is `Closed`."""
        while not self._events:
            if self._ended:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._events.popleft()

    def close(self) -> None:
        """Stop listening."""
        self._monitor.remove(self)
        self._ended = True
        self._wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Monitor:
    """Every listener of one socket."""

    __slots__ = ("_callbacks", "_streams")

    def __init__(self) -> None:
        self._streams: list[EventStream] = []
        self._callbacks: list[Callable[[SocketEvent], None]] = []

    def call(self, callback: Callable[[SocketEvent], None]) -> None:
        """Have `callback` called with every event, as long as the socket lives."""
        self._callbacks.append(callback)

    def open(self) -> EventStream:
        """Return a new listener; it hears what happens from now on."""
        stream = EventStream(self)
        self._streams.append(stream)
        return stream

    def remove(self, stream: EventStream) -> None:
        """Forget a listener."""
        if stream in self._streams:
            self._streams.remove(stream)

    def emit(self, event: SocketEvent) -> None:
        """Tell everybody."""
        for stream in self._streams:
            stream.put(event)
        for callback in self._callbacks:
            callback(event)
