"""What a socket counted, as frozen values."""

from __future__ import annotations

from typing import Any

from covey.values import frozen

__all__ = ["PipeStatistics", "SocketStatistics"]


@frozen
class PipeStatistics:
    """Counters of one peer."""

    endpoint: str
    peer_address: str
    connected: bool
    messages_sent: int
    messages_received: int
    bytes_sent: int
    bytes_received: int
    dropped: int
    outbox: int
    """Messages that wait to be sent."""
    inbox: int
    """Messages that wait to be received."""
    multicast: Any = None
    """What a multicast link counts: UdpStatistics, pgm's SenderStatistics or ReceiverStatistics, ..."""


@frozen
class SocketStatistics:
    """Counters of a socket over its whole life, and of the peers that it has now."""

    messages_sent: int
    messages_received: int
    dropped: int
    handshakes_failed: int
    connections: tuple[PipeStatistics, ...]
    lost: int = 0
    """Multicast packets that could not be repaired."""
    malformed: int = 0
    """Datagrams that could not be read."""
    refused: int = 0
    """Connections closed at accept because too many handshakes from their address had failed."""
