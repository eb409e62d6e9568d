"""Counters of one node."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["NodeStatistics"]


@frozen
class NodeStatistics:
    """What went through a node, and what did not."""

    peers: int
    published: int
    """Calls of `publish`."""
    published_to: int
    """Copies queued for subscribers."""
    publish_dropped: int
    """Copies that found a subscriber's queue full."""
    received: int
    """Topic messages that came in."""
    received_dropped: int
    """Topic messages that a subscription discarded because nobody took them."""
    events_missed: int
    """Events that a reader was too slow for."""
    shouts_dropped: int
    """Copies of shouts that passed by a peer which does not keep up."""
    malformed: int
    """Messages and sightings that made no sense, or came out of order."""
    refused: int
    """Connections to our sockets that failed their handshake."""
