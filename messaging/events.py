"""What happens to a socket's connections, as typed events (`async for event in sock.events()`)."""

from __future__ import annotations

from covey.transports.zmtp.events import PeerProperties
from covey.values import frozen

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
    "Lost",
    "Malformed",
    "Refused",
    "Retried",
    "SenderAppeared",
    "SenderVanished",
    "SocketEvent",
    "Unbound",
]


@frozen
class SocketEvent:
    """Base of every event."""

    endpoint: str
    """As bound or connected."""


@frozen
class Bound(SocketEvent):
    """The socket listens on `endpoint`."""


@frozen
class Unbound(SocketEvent):
    """The socket listens there no more."""


@frozen
class Accepted(SocketEvent):
    """A connection came in; its handshake begins."""

    peer_address: str


@frozen
class AcceptFailed(SocketEvent):
    """The system refused to accept a connection."""

    reason: str


@frozen
class Connected(SocketEvent):
    """A connection was made; its handshake begins."""

    peer_address: str


@frozen
class HandshakeSucceeded(SocketEvent):
    """Messages may flow."""

    peer: PeerProperties


@frozen
class HandshakeFailure(SocketEvent):
    """The peer was refused, or refused us; `reason` in plain words, the peer's own where it gave any."""

    peer_address: str
    reason: str
    error: Exception


@frozen
class Refused(SocketEvent):
    """Connections were closed at accept, `count` since the last such event about this peer's address."""

    peer_address: str
    count: int
    reason: str


@frozen
class Disconnected(SocketEvent):
    """A connection that worked is gone."""

    peer_address: str
    reason: str


@frozen
class Retried(SocketEvent):
    """Connecting failed; the next try is in `delay` seconds."""

    reason: str
    delay: float


@frozen
class Dropped(SocketEvent):
    """Messages that a pattern's rule or a lost connection made the socket give up."""

    count: int
    reason: str


@frozen
class Lost(SocketEvent):
    """Multicast packets that could not be repaired; messages go on behind them."""

    sender: str
    """Address and identifier of the one who sent them."""
    first: int
    """Sequence number of the first."""
    count: int


@frozen
class Malformed(SocketEvent):
    """Datagrams that could not be read."""

    count: int


@frozen
class SenderAppeared(SocketEvent):
    """A multicast sender was heard for the first time, or a member joined the communication group."""

    sender: str


@frozen
class SenderVanished(SocketEvent):
    """A multicast sender or a member of the communication group is gone."""

    sender: str
    reason: str


@frozen
class Closed(SocketEvent):
    """The socket is closed; `abandoned` messages had not been sent when linger ran out."""

    abandoned: int
