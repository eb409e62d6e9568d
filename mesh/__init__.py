"""The mesh node: peers, groups, topics."""

from __future__ import annotations

from .events import Entered, Evasive, Event, Exited, Joined, Left, Missed, Offence, Refused, Shout, Whisper
from .node import Node
from .peers import Liveness, Peer
from .subscription import Subscription, TopicMessage

__all__ = [
    "Entered",
    "Evasive",
    "Event",
    "Exited",
    "Joined",
    "Left",
    "Liveness",
    "Missed",
    "Node",
    "Offence",
    "Peer",
    "Refused",
    "Shout",
    "Subscription",
    "TopicMessage",
    "Whisper",
]
