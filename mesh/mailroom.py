"""Where a node listens: its ROUTER and its XPUB, on the same addresses."""

from __future__ import annotations

import socket as system
from collections.abc import Sequence

from covey.endpoint import TcpAddress
from covey.messaging import Router
from covey.messaging.socket import Socket
from covey.security.mechanism import Security
from covey.security.z85 import encode_z85

from .doors import Doors
from .publisher import TopicPublisher
from .zre.own import ClusterEndpoints

__all__ = ["Mailroom"]

_INBOX_LIMIT = 10_000
"""Messages of one peer that wait in the ROUTER while we are busy."""
_LARGEST_FRAME = 256 << 20
"""Octets of one frame of a whisper or shout; who sends a larger one is cut off."""
_LARGEST_SUBSCRIPTION = 1 << 16
"""Octets of one topic prefix."""
_SUBSCRIBER_LIMIT = 10_000
"""Messages that wait for one subscriber; what comes then it misses."""
_LAST_WORDS = 500
"""Milliseconds that closing may take to get published messages out."""
_KEEPALIVE = {
    "tcp_keepalive": 1,
    "tcp_keepalive_idle": 30,
    "tcp_keepalive_intvl": 10,
    "tcp_keepalive_cnt": 3,
}
"""Connections of hosts that vanished without a word go away after a minute."""


class Mailroom:
    """Both sockets of a node that others connect to. Close it yourself.

    Args:
        security: of both, None for an open mesh.
    """

    def __init__(self, security: Security | None) -> None:
        self.router = Router(
            security=security,
            router_handover=True,
            rcvhwm=_INBOX_LIMIT,
            maxmsgsize=_LARGEST_FRAME,
            linger=0,
            **_KEEPALIVE,
        )
        self.publisher = TopicPublisher(
            security=security,
            sndhwm=_SUBSCRIBER_LIMIT,
            maxmsgsize=_LARGEST_SUBSCRIPTION,
            linger=_LAST_WORDS,
            **_KEEPALIVE,
        )

    async def open(self, doors: Doors) -> None:
        """Serve the ports of these doors, which are ours from now on."""
        mailbox, topics = doors.mailbox, doors.topics
        doors.mailbox, doors.topics = [], []
        await _take_over(self.router, mailbox)
        await _take_over(self.publisher, topics)

    async def open_also(self, places: ClusterEndpoints) -> str:
        """Listen in a cluster, too; return the mailbox's endpoint as resolved.

        Raises:
            ResourceError: the kernel refuses.
        """
        await self.publisher.bind(places.topics)
        return await self.router.bind(places.mailbox)

    def cut(self, public_key: bytes, reason: str) -> None:
        """Close every connection of the holder of a key."""
        user_id = encode_z85(public_key)
        for socket in (self.router, self.publisher):
            socket.refuse_peers(lambda peer: peer.user_id == user_id, reason)

    async def close(self) -> None:
        """Close both; what was published has a moment to get out."""
        await self.router.close()
        await self.publisher.close()


async def _take_over(socket: Socket, listening: Sequence[system.socket]) -> None:
    for one in listening:
        host, port = one.getsockname()[:2]
        socket.use_fd = one.detach()
        await socket.bind(f"tcp://{TcpAddress(host, port)}")
    socket.use_fd = -1
