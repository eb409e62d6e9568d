"""What happens in a mesh, as values. Every one but `Missed` and `Refused` tells of one `peer`, as it was then."""

from __future__ import annotations

import enum
from typing import TypeAlias

from covey.values import frozen

from .peers import Peer

__all__ = [
    "Entered",
    "Event",
    "Evasive",
    "Exited",
    "Joined",
    "Left",
    "Missed",
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
    """goodbye, expired, link lost, messages lost, not responding, restarted, replaced; or, where keys are
    pinned or certified, unpinned, revoked, certificate expired."""


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


Event: TypeAlias = Entered | Exited | Evasive | Joined | Left | Whisper | Shout | Missed | Refused
"""Anything that `Node.events` yields."""
