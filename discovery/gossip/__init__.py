"""Gossip: discovery by tuples that hubs pass on, where broadcast is impossible (czmq's zgossip)."""

from __future__ import annotations

from .core import GossipCore
from .network import GossipNetwork
from .source import GossipSource, GossipStatistics
from .text import GossipCodec, OpenTuples, SealedTuples

__all__ = [
    "GossipCodec",
    "GossipCore",
    "GossipNetwork",
    "GossipSource",
    "GossipStatistics",
    "OpenTuples",
    "SealedTuples",
]
