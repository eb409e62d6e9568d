"""Media where somebody else tells of a node: gossip hubs, seeds, and places that the owner names later."""

from __future__ import annotations

import os
from collections.abc import Sequence

from covey.discovery.gossip import GossipCodec, GossipNetwork, GossipSource, OpenTuples, SealedTuples
from covey.discovery.interfaces import usable_interfaces
from covey.discovery.seeds import SEED_PORT, seed_endpoint, seed_source
from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink

from .medium import Medium, Surroundings

__all__ = ["asked", "gossip", "seeds"]

_TAG = 8
"""Random octets that stand for the uuid in sealed tuples."""


def gossip(around: Surroundings, bind: str, connect: Sequence[str]) -> Medium:
    """Return gossip as czmq and Zyre have it: a hub, a client of hubs, or both."""

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        return GossipSource(announcement, sink, GossipNetwork(tuple(connect), bind), codec=_codec(around))

    return make


def seeds(around: Surroundings, places: Sequence[str]) -> Medium:
    """Return seeds: nodes that are asked for the others, and the same service by this node."""

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        host = usable_interfaces(around.interfaces)[0].address if around.interfaces else "*"
        bind = f"tcp://{host}:{SEED_PORT}"
        return seed_source(announcement, sink, places, codec=_codec(around), bind=bind)

    return make


def asked(around: Surroundings, place: str) -> Medium:
    """Return the medium of one place that is asked, as a seed is, without this node being one."""
    network = GossipNetwork((seed_endpoint(place),))

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        return GossipSource(announcement, sink, network, codec=_codec(around), via="manual")

    return make


def _codec(around: Surroundings) -> GossipCodec:
    if around.sealing is None:
        return OpenTuples()
    return SealedTuples(around.sealing.beacons(), os.urandom(_TAG).hex())
