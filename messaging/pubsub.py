"""PUB, and what it shares with XPUB: one message to everybody who wants it (RFC 29)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from typing import Any, cast

from covey.errors import ProtocolError, SocketClosed, WouldBlock
from covey.options import Option
from covey.transports.link import Message
from covey.transports.zmtp.shared_encoder import SharedEncoder

from .conflating import Conflating
from .fan_out import FanOut
from .pipe import Pipe
from .sending import Payload, as_message, as_payload
from .socket import Socket
from .subscriptions import SubscriptionTable
from .waiting import WaitQueue

__all__ = ["Pub", "Publisher"]

_TOPICS_PER_PEER = 1_000_000  # more than anybody needs, less than what would fill the memory
_BREATHE_EVERY = 256  # messages between two turns given to the loop
_CHUNK = 1024  # messages of a batch call between two such turns


class Publisher(Socket):
    """What PUB and XPUB share: subscriptions per peer, and sending to those that match."""

    takes_subscriptions = True
    peer_types = frozenset(("SUB", "XSUB"))

    xpub_nodrop = Option(
        False, "Wait for a subscriber whose queue is full instead of dropping its messages.", number=69
    )
    xpub_welcome_msg = Option(b"", "Sent to each new subscriber, if it subscribed to it.", number=72)
    invert_matching = Option(
        False, "Send to those with no matching topic; both ends must have it.", number=74
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._table: SubscriptionTable[Pipe] = SubscriptionTable()
        self._subscribed = WaitQueue()
        self._writers = WaitQueue()
        self._breathes = cycle([False] * (_BREATHE_EVERY - 1) + [True])
        self._chooses = self.chooses()
        self._waits_for_room = self.xpub_nodrop
        self._run = FanOut(self._table)
        self.encode_messages = SharedEncoder()

    def chooses(self) -> bool:
        """Return whether an option changes who gets a message."""
        return self.invert_matching or self.conflates()

    def option_changed(self, name: str) -> None:
        """Look at the options once, not for every message."""
        super().option_changed(name)
        self.give_out()
        self._chooses = self.chooses()
        self._waits_for_room = self.xpub_nodrop

    async def send(self, data: Payload) -> None:
        """Send a message of one frame, which begins with its topic, to every subscriber that wants it.

        A subscriber whose queue is full misses it; that is counted and reported (`Dropped`).
        """
        message = data if type(data) is bytes else as_payload(data)
        run = self._run
        if run.free > 0:
            run.free -= 1
            run.messages.append(message)
        else:
            await self._send_singly(message)

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Send a message of several frames; the first is the topic."""
        message = as_message(frames)
        run = self._run
        if run.free > 0:
            run.free -= 1
            run.messages.append(message)
        else:
            await self._send_singly(message)

    async def _send_singly(self, message: Message) -> None:
        """Send a message that cannot just go on with the run, once the loop has had its turn after one."""
        if next(self._breathes) or self._run.is_used_up:
            await asyncio.sleep(0)
        if self._closing:
            self._check_open()
        while not self._distribute(message):
            await self._writers.wait()

    def send_nowait(self, data: Payload) -> None:
        """Send a message of one frame.

        Raises:
            WouldBlock: a subscriber's queue is full (`xpub_nodrop`).
        """
        self._distribute_now(as_payload(data))

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Send a message of several frames.

        Raises:
            WouldBlock: a subscriber's queue is full (`xpub_nodrop`).
        """
        self._distribute_now(as_message(frames))

    async def send_many(self, messages: Iterable[Payload | Sequence[Payload]]) -> int:
        """Send many messages and return how many.

        Cancel: a prefix of them was sent.
        """
        count = 0
        upcoming = iter(messages)
        while chunk := list(islice(upcoming, _CHUNK)):
            await asyncio.sleep(0)
            self._check_open()
            await self._send_chunk(_as_messages(chunk))
            count += len(chunk)
        return count

    async def _send_chunk(self, chunk: list[Message]) -> None:
        done = 0
        while done < len(chunk):
            everybody = None if self._chooses else self._table.everybody
            if everybody is not None:
                sent = self._distribute_run(chunk[done:] if done else chunk, everybody)
            else:
                sent = self._distribute_singly(chunk, done)
            done += sent
            if done < len(chunk):
                await self._writers.wait()

    def _distribute_run(self, run: list[Message], pipes: Sequence[Pipe]) -> int:
        """Send messages that all of `pipes` want; return how many, fewer when somebody must be waited for."""
        self.give_out()
        if not self._waits_for_room:
            for pipe in pipes:
                self._write_or_drop(pipe, run)
            return len(run)
        sent = 0
        while sent < len(run) and not any(pipe.full for pipe in pipes):
            count = max(1, min((pipe.room for pipe in pipes), default=len(run)))
            part = run[sent : sent + count]
            for pipe in pipes:
                pipe.write_many(part)
            sent += len(part)
        return sent

    def _write_or_drop(self, pipe: Pipe, run: list[Message]) -> None:
        sent = 0
        while sent < len(run):
            if pipe.full:
                self.count_dropped(pipe, len(run) - sent, "the subscriber's queue is full")
                return
            part = run[sent : sent + max(1, pipe.room)]
            pipe.write_many(part)
            sent += len(part)

    def _distribute_singly(self, chunk: list[Message], begin: int) -> int:
        """Send messages one by one, from `begin` on, until somebody must be waited for; return how many."""
        for index in range(begin, len(chunk)):
            if not self._distribute(chunk[index]):
                return index - begin
        return len(chunk) - begin

    def _distribute_now(self, message: Message) -> None:
        self._check_open()
        if not self._distribute(message):
            raise WouldBlock("a subscriber's queue is full")

    def _distribute(self, message: Message) -> bool:
        """Send to everybody who wants it; False, with nothing sent, when somebody must be waited for."""
        topic: bytes = message if type(message) is bytes else message[0]  # type: ignore[assignment]
        pipes: Iterable[Pipe]
        if self._chooses:
            pipes = self._recipients(topic)
        else:
            matching = self._table.match(topic)
            if self._run.take(message, matching):
                return True
            pipes = matching
        if self._waits_for_room:
            for pipe in pipes:
                if pipe.full:
                    return False
        for pipe in pipes:
            if pipe.full:
                self.count_dropped(pipe, 1, "the subscriber's queue is full")
            else:
                pipe.write(message)
        return True

    def _recipients(self, topic: bytes) -> Iterable[Pipe]:
        if not self.invert_matching:
            return self._table.match(topic)
        matching = set(self._table.match(topic))
        return [pipe for pipe in self._pipes if pipe.link is not None and pipe not in matching]

    def give_out(self) -> None:
        """Give every pipe what was queued for all of them."""
        self._run.settle()

    def pipe_writable(self, pipe: Pipe) -> None:
        """Wake who waits for room."""
        self._writers.wake_all()

    def pipe_opened(self, pipe: Pipe) -> None:
        """Welcome a new subscriber; it drops what it did not subscribe to. Multicast gets everything."""
        super().pipe_opened(pipe)
        self.give_out()
        if pipe.properties is not None and pipe.properties.everybody:
            self._table.add(b"", pipe)
            self._subscribed.wake_all()
        elif self.xpub_welcome_msg:
            pipe.write(self.xpub_welcome_msg)

    @property
    def topics_count(self) -> int:
        """How many different topics somebody is subscribed to."""
        return len(self._table)

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
        self.give_out()
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
            # Of a topic that nobody has the application hears as well: so it does in libzmq.
            return self._table.remove(topic, pipe)[0] or not self._table.knows(topic)
        self.check_topics(self._table, pipe)
        return self._table.add(topic, pipe)[0]

    def check_topics(self, table: SubscriptionTable[Pipe], pipe: Pipe) -> None:
        """Give a peer up that would fill the memory with its subscriptions.

        Raises:
            ProtocolError: it has too many.
        """
        if table.topics_of(pipe) >= _TOPICS_PER_PEER:
            raise ProtocolError(f"more than {_TOPICS_PER_PEER} subscriptions from one peer")

    def pipe_interrupted(self, pipe: Pipe) -> None:
        """Forget what a peer wanted; it says so again when it is back."""
        super().pipe_interrupted(pipe)
        self._gone(pipe)

    def pipe_detached(self, pipe: Pipe) -> None:
        """Forget what a peer wanted."""
        super().pipe_detached(pipe)
        self._gone(pipe)
        self._writers.wake_all()

    def _gone(self, pipe: Pipe) -> list[bytes]:
        self.give_out()
        return self._table.remove_peer(pipe)

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits for subscribers."""
        super().socket_closed(error)
        self._subscribed.fail(error)
        self._writers.fail(error)


def _as_messages(chunk: list[Payload | Sequence[Payload]]) -> list[Message]:
    if set(map(type, chunk)) == {bytes}:
        return cast("list[Message]", chunk)
    return [
        as_payload(each) if isinstance(each, (bytes, bytearray, memoryview)) else as_message(each)
        for each in chunk
    ]


class Pub(Conflating, Publisher):
    """Publishes to its SUB and XSUB peers; what nobody subscribed to goes nowhere.

    ::

        async with covey.Pub() as news:
            await news.bind("tcp://*:5556")
            await news.wait_subscribed(b"weather")
            await news.send_multipart([b"weather", b"sunny"])
    """

    socket_type = "PUB"
    connects_once = True

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Obey subscriptions and drop the rest: a PUB does not receive."""
        super().pipe_received(pipe, messages)
        return []
