"""What happens to a socket's connections, as typed events (`async for event in sock.events()`)."""

from __future__ import annotations

from dataclasses import dataclass

from covey.transports.zmtp.events import PeerProperties

__all__ = [
    "AcceptFailed",
    "Accepted",
    "Bound",
    "Closed",
    "Connected",
    "Disconnected",
    "Dropped",
    "HandshakeFailure",
    "HandshakeSucceeded",
    "Retried",
    "SocketEvent",
    "Unbound",
]


@dataclass(slots=True, frozen=True)
class SocketEvent:
    """Base of every event."""

    endpoint: str
    """As bound or connected."""


@dataclass(slots=True, frozen=True)
class Bound(SocketEvent):
    """The socket listens on `endpoint`."""


@dataclass(slots=True, frozen=True)
class Unbound(SocketEvent):
    """The socket listens there no more."""


@dataclass(slots=True, frozen=True)
class Accepted(SocketEvent):
    """A connection came in; its handshake begins."""

    peer_address: str


@dataclass(slots=True, frozen=True)
class AcceptFailed(SocketEvent):
    """The system refused to accept a connection."""

    reason: str


@dataclass(slots=True, frozen=True)
class Connected(SocketEvent):
    """A connection was made; its handshake begins."""

    peer_address: str


@dataclass(slots=True, frozen=True)
class HandshakeSucceeded(SocketEvent):
    """Messages may flow."""

    peer: PeerProperties


@dataclass(slots=True, frozen=True)
class HandshakeFailure(SocketEvent):
    """The peer was refused, or refused us; `reason` in plain words, the peer's own where it gave any."""

    peer_address: str
    reason: str
    error: Exception


@dataclass(slots=True, frozen=True)
class Disconnected(SocketEvent):
    """A connection that worked is gone."""

    peer_address: str
    reason: str


@dataclass(slots=True, frozen=True)
class Retried(SocketEvent):
    """Connecting failed; the next try is in `delay` seconds."""

    reason: str
    delay: float


@dataclass(slots=True, frozen=True)
class Dropped(SocketEvent):
    """Messages that a pattern's rule or a lost connection made the socket give up."""

    count: int
    reason: str


@dataclass(slots=True, frozen=True)
class Closed(SocketEvent):
    """The socket is closed; `abandoned` messages had not been sent when linger ran out."""

    abandoned: int
