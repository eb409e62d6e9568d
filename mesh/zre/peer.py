"""One peer as the core sees it: its state, its timers and its sequence numbers.

::

    SIGHTED ──HELLO──► ALIVE ◄──HEARD── EVASIVE
       │                 └──SILENCE──►──┘
       └────DISMISSED────┴───► GONE ◄───┘

A SIGHTED peer was reported by a medium but never spoke. It becomes ALIVE by its HELLO, EVASIVE when it
stays silent or its link breaks, and GONE once it is expired, departed or invalid.

What counts as a sign of life: a message always, a sighting with limits. While the link stands, it does. Once
the link broke, a sighting at another endpoint says that the peer moved and is of no use to this record;
one at the same endpoint gives the link more time to come back, but not for ever: otherwise recorded
beacons could keep a dead peer in the list. So a peer without its link is gone `evasive` seconds after the
last sign, and `expired` seconds after the break at the latest; the next sighting makes a new record. A peer
that spoke but could never be reached has twice `evasive` seconds of silence.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from math import inf
from types import MappingProxyType
from uuid import UUID

from covey.errors import ProtocolError

from ..peers import Liveness, Peer
from ..timings import Timings
from .constants import FIRST_SEQUENCE, HEADER_MESH, MAX_ENDPOINTS, MAX_GROUPS
from .wire import Hello

__all__ = ["LinkState", "PeerInput", "PeerState", "RemotePeer"]


class PeerState(enum.Enum):
    """How far we know a peer."""

    SIGHTED = "sighted"
    """Reported by a medium, or connected to; has not spoken."""
    ALIVE = "alive"
    """Said HELLO and was heard lately."""
    EVASIVE = "evasive"
    """Said HELLO and fell silent, or its link broke."""
    GONE = "gone"
    """Out of the table."""


class PeerInput(enum.Enum):
    """What may happen to a peer."""

    HELLO = "hello"
    HEARD = "heard"
    SILENCE = "silence"
    DISMISSED = "dismissed"


class LinkState(enum.Enum):
    """Our connection to the peer's mailbox."""

    CONNECTING = "connecting"
    """Never stood since it was last pointed at an endpoint."""
    UP = "up"
    LOST = "lost"
    """Stood and broke; it is being connected again."""


_TRANSITIONS = {
    (PeerState.SIGHTED, PeerInput.HELLO): PeerState.ALIVE,
    (PeerState.SIGHTED, PeerInput.HEARD): PeerState.SIGHTED,
    (PeerState.SIGHTED, PeerInput.DISMISSED): PeerState.GONE,
    (PeerState.ALIVE, PeerInput.HEARD): PeerState.ALIVE,
    (PeerState.ALIVE, PeerInput.SILENCE): PeerState.EVASIVE,
    (PeerState.ALIVE, PeerInput.DISMISSED): PeerState.GONE,
    (PeerState.EVASIVE, PeerInput.HEARD): PeerState.ALIVE,
    (PeerState.EVASIVE, PeerInput.SILENCE): PeerState.EVASIVE,
    (PeerState.EVASIVE, PeerInput.DISMISSED): PeerState.GONE,
}

_LIVENESS = {
    PeerState.SIGHTED: Liveness.ALIVE,
    PeerState.ALIVE: Liveness.ALIVE,
    PeerState.EVASIVE: Liveness.EVASIVE,
    PeerState.GONE: Liveness.GONE,
}

_PING_SHARE = 0.65
"""Of the patience with a peer: early enough for PING to be answered before it counts as evasive."""
_QUIET = 15.0
"""Seconds without a message after which a connection is tried out: it may be dead though its peer is heard."""
_MODULUS = 1 << 16
_MODULUS_OF_PYRE = _MODULUS - 1
"""pyre counts modulo 65535: after 65534 it sends, and wants, 0."""


class RemotePeer:
    """The core's record of one peer."""

    def __init__(self, uuid: UUID, endpoint: str, now: float, timings: Timings) -> None:
        self.uuid = uuid
        self.endpoints = [endpoint]
        """Where it may be reached; the first is where our mailbox is connected."""
        self.public_key: bytes | None = None
        self.via = "hello"
        self.name = ""
        self.headers: Mapping[str, str] = MappingProxyType({})
        self.groups: set[str] = set()
        self.services: frozenset[str] = frozenset()
        self.status = 0
        self.state = PeerState.SIGHTED
        self.link = LinkState.CONNECTING
        self.met_at = now
        self.heard_at = now
        self.message_at = now
        """When it said something over a connection, or its connection was looked at; monotonic seconds."""
        self._timings = timings
        self._link_since = now
        self._pinged = self._repeated = False
        self._sent = FIRST_SEQUENCE - 1
        self._received = FIRST_SEQUENCE - 1
        self._modulus = _MODULUS
        self._tried: set[str] = set()
        self.awaits_hello = False
        """Whether it was known before it was connected to, and has not said HELLO yet."""
        self.answer_by = inf
        """When it is gone for the reason of `doubt` unless PING was answered; monotonic seconds."""
        self.asked_at = inf
        self.doubt = ""
        self.patience: float | None = None
        """How long a silence may last by what was observed, seconds; None where RFC 36's times are kept."""

    def apply(self, event: PeerInput) -> None:
        """Change state as the table says; a pair outside of it is an error of ours."""
        self.state = _TRANSITIONS[self.state, event]

    @property
    def is_ready(self) -> bool:
        """Whether it said HELLO and is not gone."""
        return self.state is PeerState.ALIVE or self.state is PeerState.EVASIVE

    @property
    def endpoint(self) -> str:
        """Where our mailbox is connected."""
        return self.endpoints[0]

    @property
    def speaks_covey(self) -> bool:
        """Whether the other end is covey, which understands GOODBYE."""
        return HEADER_MESH in self.headers

    def adopt(self, known: Peer, status: int, now: float) -> None:
        """Take what is known of a peer by other means; its HELLO will follow."""
        self.apply(PeerInput.HELLO)
        self.name = known.name
        self.headers = known.headers
        self.groups = set(known.groups)
        self.services = known.services
        self.status = status
        self.awaits_hello = True
        self._refresh(now)

    def introduce(self, hello: Hello, now: float) -> None:
        """Take what HELLO says."""
        self.apply(PeerInput.HELLO)
        self.reintroduce(hello, now)

    def reintroduce(self, hello: Hello, now: float) -> None:
        """Take what the HELLO of a peer says that was known before."""
        self.awaits_hello = False
        self.name = hello.name
        self.headers = MappingProxyType(dict(hello.headers))
        self.groups = set(hello.groups)
        self.status = hello.status
        self._refresh(now)

    def join(self, group: str, status: int) -> bool:
        """Note a group; return whether it is new and within the bound."""
        self.status = status
        if group in self.groups or len(self.groups) >= MAX_GROUPS:
            return False
        self.groups.add(group)
        return True

    def leave(self, group: str, status: int) -> bool:
        """Forget a group; return whether it was known."""
        self.status = status
        known = group in self.groups
        self.groups.discard(group)
        return known

    # -- sequence numbers

    def next_sequence(self) -> int:
        """Return the number of the next message to send."""
        self._sent = (self._sent + 1) % self._modulus
        return self._sent

    def accept_sequence(self, sequence: int) -> None:
        """Take the number of a received message.

        Raises:
            ProtocolError: messages are missing, or came twice.
        """
        expected = (self._received + 1) % self._modulus
        if sequence == 0 and expected == _MODULUS_OF_PYRE:
            self._modulus = _MODULUS_OF_PYRE
            expected = 0
        if sequence != expected:
            raise ProtocolError(f"ZRE sequence {sequence} where {expected} is due")
        self._received = sequence

    def expect_hello(self) -> None:
        """Count what is received from HELLO on."""
        self._received = FIRST_SEQUENCE - 1

    def may_repeat_hello(self) -> bool:
        """Whether we may say HELLO once more; if so, what is sent is counted from there. Once, and never again."""
        if self._repeated:
            return False
        self._repeated = True
        self._sent = FIRST_SEQUENCE - 1
        return True

    # -- signs of life

    def heard_message(self, now: float) -> None:
        """Note a message."""
        self.apply(PeerInput.HEARD)
        self.message_at = now
        self._refresh(now)

    def ask(self, now: float, seconds: float, doubt: str) -> None:
        """Note that it was sent PING, and for what reason it is gone unless it answers."""
        self.asked_at, self.answer_by, self.doubt = now, now + seconds, doubt

    def answered(self) -> None:
        """Note that it answered."""
        self.answer_by = inf

    def sighted(self, endpoint: str, now: float) -> bool:
        """Note a sighting, and where; it never points the mailbox elsewhere. Return whether it is a sign of life.

        Seen elsewhere, it may have moved away from a connection that only looks as if it stood.
        """
        self.add_endpoint(endpoint)
        if self.link is not LinkState.CONNECTING and endpoint != self.endpoint:
            return False
        self.heard_at = now
        if self.link is not LinkState.UP:
            return False
        self.apply(PeerInput.HEARD)
        self._pinged = False
        return True

    def _refresh(self, now: float) -> None:
        self.heard_at = now
        self._pinged = False

    # -- the link

    def link_changed(self, link: LinkState, now: float) -> None:
        """Note that the link stands or broke."""
        self.link = link
        self._link_since = now

    def add_endpoint(self, endpoint: str) -> None:
        """Remember another place where it may be reached; the newest few are kept."""
        if endpoint not in self.endpoints:
            del self.endpoints[MAX_ENDPOINTS - 1 :]
            self.endpoints.append(endpoint)

    def wants_other_endpoint(self, now: float) -> bool:
        """Whether the present endpoint was not reached for long enough and there is another one."""
        return self._has_choice and now >= self._retry_at

    def turn_endpoints(self, now: float, rank: Callable[[Sequence[str]], list[str]] = list) -> None:
        """Go to the likeliest endpoint that was not tried; when all were, begin anew."""
        self._tried.add(self.endpoint)
        if self._tried.issuperset(self.endpoints):
            self._tried = {self.endpoint}
        ranked = rank(self.endpoints)
        self.endpoints = sorted(ranked or self.endpoints, key=self._tried.__contains__)
        self._link_since = now

    @property
    def _has_choice(self) -> bool:
        return self.link is LinkState.CONNECTING and len(self.endpoints) > 1

    @property
    def _retry_at(self) -> float:
        return self._link_since + self._timings.retry

    # -- deadlines, in monotonic seconds

    @property
    def ping_at(self) -> float | None:
        """When to send PING; None when it was sent and nothing heard since."""
        if self._pinged or not self.is_ready:
            return None
        if self.patience is None:
            return self.heard_at + self._timings.ping
        return self.heard_at + _PING_SHARE * self.patience

    def pinged(self) -> None:
        """Note that PING was sent."""
        self._pinged = True

    @property
    def evasive_at(self) -> float | None:
        """When silence makes it evasive; None when it is or cannot be."""
        if self.state is not PeerState.ALIVE or self.patience is not None:
            return None
        return self.heard_at + self._timings.evasive

    @property
    def expires_at(self) -> float:
        """When it is gone; never, where the judge decides."""
        if self.patience is not None:
            return inf
        if self.link is LinkState.UP or not self.is_ready:
            return self.heard_at + self._timings.expired
        if self.link is LinkState.CONNECTING:
            return self.heard_at + min(2 * self._timings.evasive, self._timings.expired)
        silent = max(self.heard_at, self._link_since) + self._timings.evasive
        return min(silent, self._link_since + self._timings.expired)

    @property
    def check_at(self) -> float:
        """When to ask over a connection on which nothing came for long, though the peer is heard otherwise."""
        if self.patience is None or self.link is not LinkState.UP or self.answer_by < inf:
            return inf
        return self.message_at + _QUIET

    @property
    def next_deadline(self) -> float:
        """The earliest of all."""
        deadlines = [self.expires_at, self.answer_by, self.check_at]
        if self._has_choice:
            deadlines.append(self._retry_at)
        deadlines += [at for at in (self.ping_at, self.evasive_at) if at is not None]
        return min(deadlines)

    def value(self, wall_offset: float) -> Peer:
        """Return what the application sees.

        Args:
            wall_offset: Unix time minus monotonic time. Seconds.
        """
        return Peer(
            uuid=self.uuid,
            name=self.name,
            endpoint=self.endpoint,
            headers=self.headers,
            groups=frozenset(self.groups),
            via=self.via,
            last_seen=self.heard_at + wall_offset,
            liveness=_LIVENESS[self.state],
            public_key=self.public_key,
            services=self.services,
        )
