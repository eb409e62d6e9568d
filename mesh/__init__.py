"""The mesh node: peers, groups, topics."""

from __future__ import annotations

from .events import (
    ClusterEvent,
    Entered,
    Evasive,
    Event,
    Exited,
    Joined,
    Left,
    LinkDown,
    LinkUp,
    Missed,
    NodeDown,
    NodeUp,
    Offence,
    Refused,
    Shout,
    Whisper,
)
from .node import Node
from .peers import Liveness, Peer
from .subscription import Subscription, TopicMessage

__all__ = [
    "ClusterEvent",
    "Entered",
    "Evasive",
    "Event",
    "Exited",
    "Joined",
    "Left",
    "LinkDown",
    "LinkUp",
    "Liveness",
    "Missed",
    "Node",
    "NodeDown",
    "NodeUp",
    "Offence",
    "Peer",
    "Refused",
    "Shout",
    "Subscription",
    "TopicMessage",
    "Whisper",
]
