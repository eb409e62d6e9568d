"""A queue in front of a reader that may be slow: the oldest items give way, and that is counted."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

__all__ = ["DropQueue"]

T = TypeVar("T")


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
