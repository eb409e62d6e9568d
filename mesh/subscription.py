"""What an application holds of a subscription: an iterator of messages."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from covey.values import frozen

from .event_stream import DropQueue
from .peers import Peer

__all__ = ["MESSAGES_LIMIT", "Subscription", "TopicMessage"]

MESSAGES_LIMIT = 100_000
"""Messages that wait in one subscription; then the oldest give way and are counted."""
_OCTETS_LIMIT = 256 << 20
"""Octets of data among them."""


@frozen
class TopicMessage:
    """A published message."""

    topic: str
    data: bytes
    sender: Peer
    """Who published it: the node at the other end of the connection, whatever the message says."""


class Subscription:
    """Messages whose topic begins with `pattern`: `async with` it, then `async for` over it.

    Iterating without `async with` works too; the subscription then lasts until `aclose`.

    Attributes:
        pattern: a prefix; empty for everything.
    """

    def __init__(
        self,
        pattern: str,
        opened: Callable[[Subscription], None],
        closed: Callable[[Subscription], None],
        *,
        own: bool,
    ) -> None:
        self.pattern = pattern
        self.prefix = pattern.encode()
        self.own = own
        """Whether what this node publishes is heard too."""
        self._opened = opened
        self._closed = closed
        self._is_open = False
        self._ended = False
        self._queue: DropQueue[TopicMessage] = DropQueue(MESSAGES_LIMIT, _OCTETS_LIMIT)

    @property
    def dropped(self) -> int:
        """Messages that were discarded because nobody took them in time."""
        return self._queue.dropped

    def put(self, message: TopicMessage) -> None:
        """Queue a message."""
        self._queue.put(message, len(message.data))

    def end(self) -> None:
        """Let the iteration end after what is queued."""
        self._ended = True
        self._queue.end()

    def _open(self) -> None:
        if not self._is_open and not self._ended:
            self._is_open = True
            self._opened(self)

    def __aiter__(self) -> Self:
        self._open()
        return self

    async def __anext__(self) -> TopicMessage:
        """Return the next message.

        Cancel: no message is lost.
        """
        self._open()
        await self._queue.wait()
        return self._queue.get_nowait()

    async def aclose(self) -> None:
        """Unsubscribe; what waits is dropped."""
        if self._is_open:
            self._is_open = False
            self._closed(self)
        self._queue.clear()
        self.end()

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
