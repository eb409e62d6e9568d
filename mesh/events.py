"""What happens in a mesh, as values.

Most tell of one `peer`, as it was then. Those about nodes and links tell of the machines of a TIPC cluster,
whose kernels watch each other; a machine may run any number of peers, or none. `Refused` tells of somebody who
may be no peer at all.
"""

from __future__ import annotations

import enum
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
    "Offence",
    "Refused",
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
    messages lost, not responding, restarted or replaced; where keys are pinned or certified also unpinned,
    revoked, certificate expired."""


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


class Offence(enum.Enum):
    """What was refused."""

    HANDSHAKE = "handshake"
    """A connection of somebody who does not belong, or who broke the handshake."""
    EXPIRED = "expired"
    """A connection with a certificate that ran out."""
    REVOKED = "revoked"
    """A connection with a key that the authority withdrew."""
    PERMISSION = "permission"
    """Something that the certificate of a member, or our own, does not permit."""
    REPLAY = "replay"
    """An announcement that was recorded and played back."""
    REVOCATIONS = "revocations"
    """A revocation list that the authority did not sign."""


@frozen
class Refused:
    """Somebody tried what is not for them. Repetitions are told together, now and then."""

    offence: Offence
    source: str
    """Where from: a numeric address, with port if it is known."""
    who: str
    """Who, as far as that is proven; else empty."""
    reason: str
    count: int = 1
    """How often since it was told last."""
    total: int = 1
    """How often something of this kind was refused since the node started."""


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

Event: TypeAlias = (
    Entered | Exited | Evasive | Joined | Left | Whisper | Shout | Missed | ClusterEvent | Refused
)
"""Anything that `Node.events` yields."""
