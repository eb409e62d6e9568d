"""PUB and XPUB: one message to everybody who wants it (RFC 29)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from covey.errors import ProtocolError, SocketClosed
from covey.options import Option
from covey.transports.link import Message

from .pipe import Pipe
from .receiving import Receiver
from .sending import Payload, as_message, as_payload
from .socket import Socket
from .subscriptions import SubscriptionTable
from .waiting import WaitQueue

__all__ = ["Pub", "Publisher", "XPub"]

_TOPICS_PER_PEER = 1_000_000  # more than anybody needs, less than what would fill the memory
_BREATHE_EVERY = 256  # messages between two turns given to the loop


class Publisher(Socket):
    """What PUB and XPUB share: subscriptions per peer, and sending to those that match."""

    takes_subscriptions = True
    peer_types = frozenset(("SUB", "XSUB"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._table: SubscriptionTable[Pipe] = SubscriptionTable()
        self._subscribed = WaitQueue()
        self._writers = WaitQueue()
        self._sends = 0

    async def send(self, data: Payload) -> None:
        """Send a message of one frame, which begins with its topic, to every subscriber that wants it.

        A subscriber whose queue is full misses it; that is counted and reported (`Dropped`).
        """
        message = as_payload(data)
        await self._give_way()
        self._check_open()
        self._distribute(message)

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Send a message of several frames; the first is the topic."""
        message = as_message(frames)
        await self._give_way()
        self._check_open()
        self._distribute(message)

    def send_nowait(self, data: Payload) -> None:
        """Send a message of one frame; never blocks."""
        self._check_open()
        self._distribute(as_payload(data))

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Send a message of several frames; never blocks."""
        self._check_open()
        self._distribute(as_message(frames))

    async def send_many(self, messages: Iterable[Payload | Sequence[Payload]]) -> int:
        """Send many messages and return how many."""
        count = 0
        for data in messages:
            if isinstance(data, (bytes, bytearray, memoryview)):
                await self.send(data)
            else:
                await self.send_multipart(data)
            count += 1
        return count

    async def _give_way(self) -> None:
        self._sends += 1
        if self._sends % _BREATHE_EVERY == 0:
            await asyncio.sleep(0)

    def _distribute(self, message: Message) -> None:
        topic = message if type(message) is bytes else message[0]
        for pipe in self._table.match(topic):  # type: ignore[arg-type]
            if pipe.full:
                self.count_dropped(pipe, 1, "the subscriber's queue is full")
            else:
                pipe.write(message)

    # -- subscriptions ------------------------------------------------------------------------------------

    async def wait_subscribed(self, topic: bytes | str = b"", count: int = 1) -> None:
        """Wait until a message with `topic` would reach `count` subscribers (see `asyncio.timeout`)."""
        wanted = topic.encode() if isinstance(topic, str) else bytes(topic)
        while len(self._table.match(wanted)) < count:
            self._check_open()
            await self._subscribed.wait()

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Obey subscriptions; return what the application is to see of them."""
        seen: list[Any] = []
        for message in messages:
            if type(message) is bytes and message[:1] in (b"\x01", b"\x00"):
                if self._subscription(pipe, message):
                    seen.append(message)
            else:
                seen.append(message)
        self._subscribed.wake_all()
        return seen

    def _subscription(self, pipe: Pipe, message: bytes) -> bool:
        """Apply one subscription; True when the application is to be told."""
        topic = message[1:]
        if message[0] == 0:
            return self._table.remove(topic, pipe)[0]
        if self._table.topics_of(pipe) >= _TOPICS_PER_PEER:
            raise ProtocolError(f"more than {_TOPICS_PER_PEER} subscriptions from one peer")
        return self._table.add(topic, pipe)[0]

    def pipe_interrupted(self, pipe: Pipe) -> None:
        """Forget what a peer wanted; it says so again when it is back."""
        super().pipe_interrupted(pipe)
        self._gone(pipe)

    def pipe_detached(self, pipe: Pipe) -> None:
        """Forget what a peer wanted."""
        super().pipe_detached(pipe)
        self._gone(pipe)

    def _gone(self, pipe: Pipe) -> list[bytes]:
        return self._table.remove_peer(pipe)

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits for subscribers."""
        super().socket_closed(error)
        self._subscribed.fail(error)


class Pub(Publisher):
    """Publishes to its SUB and XSUB peers; what nobody subscribed to goes nowhere.

    ::

        async with covey.Pub() as news:
            await news.bind("tcp://*:5556")
            await news.wait_subscribed(b"weather")
            await news.send_multipart([b"weather", b"sunny"])
    """

    socket_type = "PUB"

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Obey subscriptions and drop the rest: a PUB does not receive."""
        super().pipe_received(pipe, messages)
        return []


class XPub(Publisher, Receiver):
    """A PUB that also receives its subscribers' subscriptions, as 01 or 00 and the topic."""

    socket_type = "XPUB"

    xpub_verbose = Option(False, "Receive every subscription, also of a topic that somebody has.", number=40)

    def _subscription(self, pipe: Pipe, message: bytes) -> bool:
        told = super()._subscription(pipe, message)
        return told or (self.xpub_verbose and message[0] == 1)

    def _gone(self, pipe: Pipe) -> list[bytes]:
        topics = super()._gone(pipe)
        if topics and not self.closed:
            empty = not pipe.inbox
            pipe.inbox.extend(b"\0" + topic for topic in topics)
            if empty:
                self.pipe_readable(pipe)
        return topics
