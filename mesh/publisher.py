"""Our topics: an XPUB that anybody who is let in may subscribe to.

A message on the wire is two frames, topic (UTF-8) and data. A plain libzmq SUB at the endpoint that HELLO
announces reads the same. The sender is not in the message: it is the node at the other end, which in a
secret mesh has proven itself, and a frame could claim anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from covey.errors import SocketClosed
from covey.messaging import XPub
from covey.messaging.pipe import Pipe
from covey.transports.zmtp.events import PeerProperties

from .permitted_table import PermittedTable

if TYPE_CHECKING:
    from covey.security.trust.patterns import Patterns

__all__ = ["TopicPublisher"]


class TopicPublisher(XPub):
    """The XPUB of one node, which knows how many want a topic.

    Attributes:
        permitted_to: returns what a subscriber may hear; None where everybody may hear everything.
        denied: told of a subscription that a subscriber may not have at all.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._table: PermittedTable[Pipe] = PermittedTable()
        self.permitted_to: Callable[[PeerProperties], Patterns] | None = None
        self.denied: Callable[[PeerProperties, bytes], None] = lambda _peer, _topic: None

    def pipe_opened(self, pipe: Pipe) -> None:
        """Note what a new subscriber may hear."""
        if self.permitted_to is not None and pipe.properties is not None:
            self._table.limit(pipe, self.permitted_to(pipe.properties))
        super().pipe_opened(pipe)

    def _subscription(self, pipe: Pipe, message: bytes) -> bool:
        if self.permitted_to is not None and message[0] == 1 and pipe.properties is not None:
            topic = message[1:]
            if not self.permitted_to(pipe.properties).overlaps(topic):
                self.denied(pipe.properties, topic)
                return False
        return super()._subscription(pipe, message)

    def subscriber_count(self, topic: bytes) -> int:
        """Return how many connections a message with `topic` would go to."""
        return len(self._table.match(topic))

    def publish(self, topic: bytes, data: bytes) -> int:
        """Queue a message for everybody who wants it; return for how many.

        A subscriber whose queue is full misses it; `statistics().dropped` counts that.
        """
        wanted, missed = self.subscriber_count(topic), self._dropped
        self.send_multipart_nowait([topic, data])
        return wanted - (self._dropped - missed)

    async def drain(self) -> None:
        """Take subscriptions off the queue; the table has them already. Ends when the socket is closed."""
        while True:
            try:
                await self.recv_many()
            except SocketClosed:
                return

    async def settle(self, topic: bytes, deadline: float) -> None:
        """Wait until somebody wants `topic`, or until `deadline` (loop time)."""
        try:
            async with asyncio.timeout_at(deadline):
                await self.wait_subscribed(topic)
        except TimeoutError:
            return
