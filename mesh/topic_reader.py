"""Other nodes' topics: a SUB for each peer that publishes, while there is a subscription."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from covey.errors import WouldBlock
from covey.messaging import Sub
from covey.messaging.pipe import Pipe
from covey.security.mechanism import Security
from covey.transports.link import Message

from .mailbox import OnEvent
from .peers import Peer
from .subscription import Subscription, TopicMessage

__all__ = ["TopicReader", "TopicSource"]

Deliver = Callable[[bytes, bytes, Peer], None]
"""Takes topic, data and sender."""

_LAST_MESSAGES = 2.0
"""Seconds for which the topics of a peer that left are read on, until it closes the connection: its
goodbye comes on another connection and may overtake what it published before."""
_BATCH = 256
_QUEUE_LIMIT = 10_000
"""Messages of one peer that wait in its SUB while we are busy."""


class _Line(Sub):
    """A SUB that says when its one connection broke."""

    def __init__(self, on_event: OnEvent | None, **options: Any) -> None:
        super().__init__(**options)
        self.lost = asyncio.Event()
        if on_event is not None:
            self._monitor.call(on_event)

    def pipe_opened(self, pipe: Pipe) -> None:
        super().pipe_opened(pipe)
        self.lost.clear()

    def pipe_interrupted(self, pipe: Pipe) -> None:
        super().pipe_interrupted(pipe)
        self.lost.set()


class TopicSource:
    """One peer's topics, as they come in."""

    def __init__(
        self, peer: Peer, endpoint: str, security: Security | None, on_event: OnEvent | None = None
    ) -> None:
        self._peer = peer
        self._endpoint = endpoint
        self._line = _Line(on_event, security=security, rcvhwm=_QUEUE_LIMIT, reconnect_ivl_max=1000)
        self._retired = asyncio.Event()
        self._is_cut = False

    def subscribe(self, prefix: bytes) -> None:
        """Ask for topics that begin with `prefix`."""
        self._line.subscribe(prefix)

    def unsubscribe(self, prefix: bytes) -> None:
        """Take back one `subscribe`."""
        self._line.unsubscribe(prefix)

    def retire(self, *, at_once: bool = False) -> None:
        """End once the peer has closed the connection, or now."""
        self._is_cut = at_once
        self._retired.set()

    async def run(self, deliver: Deliver) -> None:
        """Read until retired.

        Cancel: closes at once.
        """
        async with self._line as line, asyncio.TaskGroup() as tasks:
            await line.connect(self._endpoint)
            reader = tasks.create_task(self._read(deliver), name=f"reader {self._endpoint}")
            await self._retired.wait()
            if line.connected_count() and not self._is_cut:
                await self._await_end()
            reader.cancel()
            if not self._is_cut:
                self._read_rest(deliver)

    async def _await_end(self) -> None:
        try:
            async with asyncio.timeout(_LAST_MESSAGES):
                await self._line.lost.wait()
        except TimeoutError:
            return

    async def _read(self, deliver: Deliver) -> None:
        while True:
            for message in await self._line.recv_many(_BATCH):
                self._pass_on(message, deliver)
            await asyncio.sleep(0)

    def _read_rest(self, deliver: Deliver) -> None:
        while True:
            try:
                self._pass_on(self._line.recv_multipart_nowait(), deliver)
            except WouldBlock:
                return

    def _pass_on(self, message: Message, deliver: Deliver) -> None:
        if isinstance(message, list) and len(message) == 2:
            deliver(message[0], message[1], self._peer)


class TopicReader:
    """Every publishing peer and every subscription of one node.

    Args:
        tasks: the group of whoever owns this.
        security_for: from a peer's key to the security of the connection.

    Attributes:
        may_hear: from peer and topic to whether its message is for us; None for all.
        on_event: told what happens to the connections that we make from now on.
    """

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        security_for: Callable[[bytes | None], Security | None],
    ) -> None:
        self._tasks = tasks
        self._security_for = security_for
        self.may_hear: Callable[[Peer, bytes], bool] | None = None
        self.on_event: OnEvent | None = None
        self._subscriptions: list[Subscription] = []
        self._peers: dict[UUID, tuple[Peer, str]] = {}
        self._sources: dict[UUID, TopicSource] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False
        self.received = 0
        self.dropped = 0
        """By subscriptions that were closed meanwhile."""

    # -- subscriptions

    def open(self, subscription: Subscription) -> None:
        """Begin to deliver to a subscription."""
        if self._closed:
            subscription.end()
            return
        self._subscriptions.append(subscription)
        for source in self._sources.values():
            source.subscribe(subscription.prefix)
        for uuid in self._peers:
            self._connect(uuid)

    def close_one(self, subscription: Subscription) -> None:
        """Deliver to it no more."""
        if self._closed:
            return
        self._subscriptions.remove(subscription)
        self.dropped += subscription.dropped
        for source in self._sources.values():
            source.unsubscribe(subscription.prefix)
        if not self._subscriptions:
            for uuid in list(self._sources):
                self._sources.pop(uuid).retire()

    def dropped_messages(self) -> int:
        """Return how many messages subscriptions discarded."""
        return self.dropped + sum(one.dropped for one in self._subscriptions)

    # -- peers

    def peer_entered(self, peer: Peer, endpoint: str) -> None:
        """Read a peer's topics from now on, if anybody wants them."""
        self._peers[peer.uuid] = (peer, endpoint)
        if self._subscriptions:
            self._connect(peer.uuid)

    def peer_exited(self, uuid: UUID, *, at_once: bool = False) -> None:
        """Read what a peer still has to say unless it is to go `at_once`, and then no more."""
        self._peers.pop(uuid, None)
        source = self._sources.pop(uuid, None)
        if source is not None:
            source.retire(at_once=at_once)

    def _connect(self, uuid: UUID) -> None:
        if uuid in self._sources:
            return
        peer, endpoint = self._peers[uuid]
        source = TopicSource(peer, endpoint, self._security_for(peer.public_key), self.on_event)
        self._sources[uuid] = source
        for subscription in self._subscriptions:
            source.subscribe(subscription.prefix)
        task = self._tasks.create_task(source.run(self.deliver), name=f"topic source {endpoint}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    # -- messages

    def wants_own(self, topic: bytes) -> bool:
        """Whether a subscription asks for what this node itself publishes."""
        return any(one.own and topic.startswith(one.prefix) for one in self._subscriptions)

    def deliver(self, topic: bytes, data: bytes, sender: Peer, *, own: bool = False) -> None:
        """Put a message into every subscription that wants it."""
        self.received += not own
        if self.may_hear is not None and not own and not self.may_hear(sender, topic):
            return
        message: TopicMessage | None = None
        for subscription in self._subscriptions:
            if topic.startswith(subscription.prefix) and (subscription.own or not own):
                if message is None:
                    message = TopicMessage(topic.decode(errors="replace"), data, sender)
                subscription.put(message)

    async def close(self) -> None:
        """End every subscription and connection."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.end()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
