"""Raw bytes over a stream socket, for STREAM: no greeting, no frames. A core as `zmtp.connection` has it."""

from __future__ import annotations

from collections.abc import Sequence

from covey.errors import CoveyError
from covey.security.mechanism import AuthenticationReply

from .link import Message
from .zmtp.connection import ConnectionState
from .zmtp.events import ConnectionEvent, HandshakeDone, PeerProperties
from .zmtp.frames import wire_size

__all__ = ["RawConnection"]

_PROPERTIES = PeerProperties("", b"", "", "", 0, {})


class RawConnection:
    """Every chunk that arrives is a message, every message sent is so many octets."""

    seals_stream = False
    holds_messages = False

    def __init__(self) -> None:
        self.state = ConnectionState.TRAFFIC
        self.failure: CoveyError | None = None
        self._events: list[ConnectionEvent] = [HandshakeDone(_PROPERTIES)]

    def receive_data(self, data: bytes | memoryview, now: float, limit: int = 1) -> list[Message]:
        """Return the chunk."""
        return [bytes(data)] if len(data) else []

    def encode(self, messages: Sequence[Message]) -> list[bytes]:
        """Return the octets as they are."""
        return [
            frame
            for message in messages
            for frame in ([message] if isinstance(message, bytes) else message)
            if frame
        ]

    def overhead(self, message: Message) -> int:
        """Return what frames would add, negative: there are none."""
        frames = [message] if isinstance(message, bytes) else message
        return sum(map(len, frames)) - wire_size(message)

    def next_event(self) -> ConnectionEvent | None:
        """Return that the connection is ready, once."""
        return self._events.pop() if self._events else None

    def encode_subscription(self, topic: bytes, *, subscribe: bool) -> list[bytes]:
        """Return nothing: nobody subscribes here."""
        return []

    def data_to_send(self) -> list[bytes]:
        """Return nothing: there is no protocol."""
        return []

    def authenticate(self, reply: AuthenticationReply, now: float) -> None:
        """Do nothing: nobody is asked."""

    def excuse_silence(self, now: float) -> None:
        """Do nothing: silence means nothing."""

    def next_timeout(self) -> float | None:
        """Return None: there is no time limit."""
        return None

    def handle_timeout(self, now: float) -> None:
        """Do nothing."""
