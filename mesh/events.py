"""What happens in a mesh, as values.

Each tells of one `peer`, as it was then. What is told of others is apart, as few nodes ever need it: machines of a
TIPC cluster (`cluster_events`), and who may be no peer at all (`refusals`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from covey.values import frozen

from .peers import Peer

if TYPE_CHECKING:
    from .cluster_events import ClusterEvent
    from .refusals import Refused

__all__ = [
    "Entered",
    "Evasive",
    "Event",
    "Exited",
    "Joined",
    "Left",
    "Missed",
    "Offered",
    "Shout",
    "Whisper",
    "Withdrew",
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
class Offered:
    """A peer offers a service."""

    peer: Peer
    service: str


@frozen
class Withdrew:
    """A peer offers a service no more."""

    peer: Peer
    service: str


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


Event: TypeAlias = (
    "Entered | Exited | Evasive | Joined | Left | Offered | Withdrew | Whisper | Shout | Missed"
    "| ClusterEvent | Refused"
)
"""Anything that `Node.events` yields."""
