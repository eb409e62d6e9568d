"""Counters of one node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from covey.values import field, frozen

if TYPE_CHECKING:
    from .engine import Engine

__all__ = ["NodeStatistics", "gathered"]


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
    offences: Mapping[str, int] = field(default_factory=dict)
    """What was refused to whom it is not for, by kind (`Offence`); all of it, told or not."""


def gathered(engine: Engine, events_missed: int, counts: tuple[int, int, int]) -> NodeStatistics:
    """Return the counters of a running node; it counts `published`, `published_to` and `shouts_dropped` itself."""
    router = engine.mailroom.router.statistics()
    publisher = engine.mailroom.publisher.statistics()
    return NodeStatistics(
        peers=len(engine.core.peers()),
        published=counts[0],
        published_to=counts[1],
        publish_dropped=publisher.dropped,
        received=engine.topics.received,
        received_dropped=engine.topics.dropped_messages(),
        events_missed=events_missed,
        shouts_dropped=counts[2],
        malformed=engine.core.malformed,
        refused=router.handshakes_failed + publisher.handshakes_failed,
        offences=engine.guard.offences() if engine.guard is not None else {},
    )
