"""What a socket's options mean for one connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from covey.values import field, frozen

from .frames import Message, encode_messages

__all__ = ["ConnectionConfig"]


@frozen
class ConnectionConfig:
    """What a socket's options mean for one connection. Durations in seconds, 0 for never."""

    socket_type: str
    peer_types: frozenset[str]
    """Socket types that may be at the other end."""
    handshake_timeout: float = 30.0
    heartbeat_interval: float = 0.0
    heartbeat_timeout: float = 0.0
    heartbeat_ttl: float = 0.0
    max_message_size: int = -1
    """Of a frame body in octets, -1 for no limit."""
    takes_subscriptions: bool = False
    """Whether SUBSCRIBE and CANCEL mean something here (PUB, XPUB); JOIN and LEAVE where `by_group`."""
    by_group: bool = False
    """Whether what is subscribed to are groups (RADIO, DISH)."""
    metadata: dict[str, bytes] = field(default_factory=dict)
    encode: Callable[[Sequence[Message]], list[bytes]] = encode_messages
    """Makes frames of a batch where nothing seals them."""
