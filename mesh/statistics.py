"""Counters of one node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from covey.values import field, frozen, replace

if TYPE_CHECKING:
    from .connections import Connections
    from .services.desk import ServiceDesk

__all__ = ["NodeStatistics", "collect"]


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
    """Connections to our sockets that failed their handshake, or were not let begin one."""
    undelivered: int = 0
    """Whispers and shouts to peers that were gone before a connection to them stood."""
    calls: int = 0
    """Calls of services that were made."""
    calls_failed: int = 0
    """Those of them that brought no answer."""
    answers_late: int = 0
    """Answers that nobody waited for any more."""
    served: int = 0
    """Calls of our services that were answered."""
    served_failed: int = 0
    """Calls whose handler failed, or that ended without an answer."""
    served_refused: int = 0
    """Calls that were not let in: no such service, not permitted, too many."""
    offences: Mapping[str, int] = field(default_factory=dict)
    """What was refused to whom it is not for, by kind (`Offence`); all of it, told or not."""


def collect(
    totals: tuple[int, int, int, int],
    peers: int,
    connections: Connections | None,
    desk: ServiceDesk | None,
) -> NodeStatistics:
    """Return the counters of a node.

    Args:
        totals: publications, their copies, shouts dropped, and events missed.
        peers: that are there.
        connections: None where there was no need of any.
        desk: services, likewise.
    """
    published, published_to, shouts_dropped, events_missed = totals
    if connections is None:
        none = NodeStatistics(peers, published, published_to, 0, 0, 0, events_missed, shouts_dropped, 0, 0)
        return none if desk is None else _with_services(none, desk)
    router = connections.mailroom.router.statistics()
    publisher = connections.mailroom.publisher.statistics()
    found = NodeStatistics(
        peers=peers,
        published=published,
        published_to=published_to,
        publish_dropped=publisher.dropped,
        received=connections.topics.received,
        received_dropped=connections.topics.dropped_messages(),
        events_missed=events_missed,
        shouts_dropped=shouts_dropped,
        malformed=connections.core.malformed,
        refused=sum(one.handshakes_failed + one.refused for one in (router, publisher)),
        undelivered=connections.switchboard.undelivered,
    )
    return found if desk is None else _with_services(found, desk)


def _with_services(counters: NodeStatistics, desk: ServiceDesk) -> NodeStatistics:
    caller, provider = desk.caller, desk.provider
    return replace(
        counters,
        calls=caller.made,
        calls_failed=caller.failed,
        answers_late=caller.late,
        served=provider.answered,
        served_failed=provider.failed,
        served_refused=provider.refused,
    )
