"""What happens in a mesh, as values.

Most tell of one `peer`, as it was then. Those about nodes and links tell of the machines of a TIPC cluster,
whose kernels watch each other; a machine may run any number of peers, or none.
"""

from __future__ import annotations

from typing import TypeAlias

from covey.values import frozen

from .peers import Peer

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
    "Missed",
    "NodeDown",
    "NodeUp",
    "Shout",
    "Whisper",
]


@frozen
class Entered:
    """A peer introduced itself; from now on it can be whispered to."""

    peer: Peer


@frozen
class Exited:
    """A peer is gone."""

    peer: Peer
    reason: str
    """goodbye, withdrawn (its process ended, says TIPC), out of reach (its TIPC node is), expired, link lost,
    messages lost, not responding, restarted or replaced."""


@frozen
class Evasive:
    """A peer fell silent, or its connection broke; it either speaks again or exits."""

    peer: Peer


@frozen
class Joined:
    """A peer entered a group."""

    peer: Peer
    group: str


@frozen
class Left:
    """A peer left a group."""

    peer: Peer
    group: str


@frozen
class Whisper:
    """A peer said something to us alone."""

    peer: Peer
    frames: tuple[bytes, ...]

    @property
    def data(self) -> bytes:
        """The content; several frames are joined."""
        return b"".join(self.frames)


@frozen
class Shout:
    """A peer said something to a group that we are in."""

    peer: Peer
    group: str
    frames: tuple[bytes, ...]

    @property
    def data(self) -> bytes:
        """The content; several frames are joined."""
        return b"".join(self.frames)


@frozen
class Missed:
    """The reader of events was too slow; stands where the oldest ones were discarded."""

    count: int


@frozen
class NodeUp:
    """Another node of the TIPC cluster is within reach; those that were so from the start are told, too."""

    node: str
    """Its address as `tipc://` endpoints have it, zone.cluster.node."""
    identity: str
    """The name that it was given; empty when the kernel does not tell."""


@frozen
class NodeDown:
    """A node of the TIPC cluster is out of reach: no link to it is left."""

    node: str
    identity: str


@frozen
class LinkUp:
    """A link of this machine to another node of the TIPC cluster works."""

    node: str
    """The other node's address."""
    identity: str
    link: str
    """The link's name, `NODE:DEVICE-NODE:DEVICE`, ours first; empty when the kernel does not tell."""


@frozen
class LinkDown:
    """A link to another node of the TIPC cluster broke, or was closed."""

    node: str
    identity: str
    link: str


ClusterEvent: TypeAlias = NodeUp | NodeDown | LinkUp | LinkDown
"""What the kernel tells of the machines of a TIPC cluster."""

Event: TypeAlias = Entered | Exited | Evasive | Joined | Left | Whisper | Shout | Missed | ClusterEvent
"""Anything that `Node.events` yields."""
