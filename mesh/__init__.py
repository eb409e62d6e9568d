"""The mesh node: peers, groups, topics, services. Every name is loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cluster_events import ClusterEvent, LinkDown, LinkUp, NodeDown, NodeUp
    from .events import (
        Entered,
        Evasive,
        Event,
        Exited,
        Joined,
        Left,
        Missed,
        Offered,
        Shout,
        Whisper,
        Withdrew,
    )
    from .node import Node
    from .peers import Liveness, Peer
    from .refusals import Offence, Refused
    from .services.call import Call
    from .subscription import Subscription, TopicMessage

__all__ = [
    "Call",
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
    "Offered",
    "Peer",
    "Refused",
    "Shout",
    "Subscription",
    "TopicMessage",
    "Whisper",
    "Withdrew",
]

_HOME_OF = {
    **dict.fromkeys(("ClusterEvent", "LinkDown", "LinkUp", "NodeDown", "NodeUp"), "cluster_events"),
    **dict.fromkeys(("Offence", "Refused"), "refusals"),
    "Call": "services.call",
    "Liveness": "peers",
    "Node": "node",
    "Peer": "peers",
    "Subscription": "subscription",
    "TopicMessage": "subscription",
}
"""All others are events."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF.get(name, 'events')}"), name)
