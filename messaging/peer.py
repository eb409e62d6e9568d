"""PEER: equals that address each other by numbers (RFC 51)."""

from __future__ import annotations

from covey.errors import StateError

from .numbered import NumberedPeers

__all__ = ["Peer"]


class Peer(NumberedPeers):
    """Talks to any number of other PEER sockets, each under the number it has here.

    ::

        async with covey.Peer() as peer:
            other = await peer.connect_peer("tcp://127.0.0.1:5555")
            await peer.send(b"hello", routing_id=other)
            who, data = await peer.recv_from()
    """

    socket_type = "PEER"
    peer_types = frozenset(("PEER",))

    async def connect_peer(self, endpoint: str) -> int:
        """Connect and return the number of the peer at the other end; it can be sent to at once.

        Raises:
            EndpointError: it cannot be read.
            StateError: with `immediate` nothing can be sent before the connection is up.
        """
        if self.immediate:
            raise StateError("with immediate a peer has no number before it is connected")
        known = set(self._routes)
        await self.connect(endpoint)
        return (set(self._routes) - known).pop()
