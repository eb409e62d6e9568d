"""Our topics: an XPUB that anybody who is let in may subscribe to.

A message on the wire is two frames, topic (UTF-8) and data. A plain libzmq SUB at the endpoint that HELLO
announces reads the same. The sender is not in the message: it is the node at the other end, which in a
secret mesh has proven itself, and a frame could claim anything.
"""

from __future__ import annotations

import asyncio

from covey.errors import SocketClosed
from covey.messaging import XPub

__all__ = ["TopicPublisher"]


class TopicPublisher(XPub):
    """The XPUB of one node, which knows how many want a topic."""

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
