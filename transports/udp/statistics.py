"""Counters of `udp://` links."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["UdpStatistics"]


@frozen
class UdpStatistics:
    """Datagrams of one link."""

    sent: int = 0
    refused: int = 0
    """What the system would not send: a firewall, no route, nobody there."""
    received: int = 0
    malformed: int = 0
