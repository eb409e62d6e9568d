"""Where a node listens: its ROUTER and its XPUB, on the same addresses."""

from __future__ import annotations

from collections.abc import Sequence

from covey.endpoint import parse_tcp
from covey.errors import ResourceError
from covey.messaging import Router
from covey.messaging.socket import Socket
from covey.security.mechanism import Security
from covey.security.z85 import encode_z85

from .publisher import TopicPublisher
from .zre.own import ClusterEndpoints

__all__ = ["Mailroom"]

_TRIES = 16
"""For a port that is free on every address."""
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
        self.port = 0
        self.topics_port = 0

    async def open(self, addresses: Sequence[str]) -> None:
        """Listen on free ports of these addresses, of all when there are none.

        Raises:
            ResourceError: the system refuses.
        """
        self.port = await _bind(self.router, addresses)
        self.topics_port = await _bind(self.publisher, addresses)

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


async def _bind(socket: Socket, addresses: Sequence[str]) -> int:
    for _ in range(_TRIES - 1):
        try:
            return await _bind_together(socket, addresses)
        except ResourceError:
            if len(addresses) < 2:
                raise
    return await _bind_together(socket, addresses)


async def _bind_together(socket: Socket, addresses: Sequence[str]) -> int:
    first, *others = addresses or ["*"]
    bound = [await socket.bind(f"tcp://{first}:*")]
    port = parse_tcp(bound[0], for_bind=True).port
    try:
        for address in others:
            endpoint = await socket.bind(f"tcp://{address}:{port}")
            bound.append(endpoint)
    except ResourceError:
        for endpoint in bound:
            await socket.unbind(endpoint)
        raise
    return port
