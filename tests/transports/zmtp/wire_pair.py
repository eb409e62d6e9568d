"""Two connection cores wired back to back, without a socket or a clock."""

from __future__ import annotations

from collections.abc import Callable

from covey.errors import CoveyError
from covey.security.mechanism import AuthenticationReply, Security
from covey.transports.zmtp.connection import Connection, ConnectionConfig
from covey.transports.zmtp.events import AuthenticationNeeded, HandshakeDone, PeerProperties
from covey.transports.zmtp.frames import Message

__all__ = ["End", "WirePair", "config"]

ALL_TYPES = frozenset(
    ("PUSH", "PULL", "PUB", "SUB", "XPUB", "XSUB", "DEALER", "ROUTER", "REQ", "REP", "PAIR")
)


def config(socket_type: str = "DEALER", **settings: object) -> ConnectionConfig:
    """A configuration that takes any peer."""
    return ConnectionConfig(socket_type=socket_type, peer_types=ALL_TYPES, **settings)  # type: ignore[arg-type]


class End:
    """One core, what it received and what became of it."""

    def __init__(self, settings: ConnectionConfig, security: Security, now: float = 0.0) -> None:
        metadata = {"Socket-Type": settings.socket_type.encode(), **settings.metadata}
        self.core = Connection(settings, security.new_mechanism(metadata), now)
        self.received: list[Message] = []
        self.peer: PeerProperties | None = None
        self.asked: list[AuthenticationNeeded] = []
        self.error: CoveyError | None = None
        self.verdict: AuthenticationReply | None = AuthenticationReply(200)
        self.now = now

    def take(self, data: bytes) -> None:
        """Feed bytes, or do nothing when the connection has failed."""
        if self.error is not None:
            return
        try:
            self.received += self.core.receive_data(data, self.now)
            self.follow()
            if self.core.failure is not None:
                raise self.core.failure
        except CoveyError as error:
            self.error = error

    def follow(self) -> None:
        """Act on events as a link does."""
        while (event := self.core.next_event()) is not None:
            if isinstance(event, HandshakeDone):
                self.peer = event.properties
                continue
            self.asked.append(event)
            if self.verdict is not None:
                self.decide(self.verdict)

    def decide(self, verdict: AuthenticationReply) -> None:
        """Give the authenticator's verdict."""
        self.core.authenticate(verdict, self.now)
        self.follow()
        self.received += self.core.receive_data(b"", self.now)

    def drain(self) -> bytes:
        """Return what is to be sent."""
        return b"".join(self.core.data_to_send())


class WirePair:
    """Two ends; `run` carries bytes between them until both are silent."""

    def __init__(self, left: End, right: End) -> None:
        self.left = left
        self.right = right
        self.transcript: list[bytes] = []

    def run(
        self, mangle: Callable[[int, bytes], bytes] = lambda _, data: data, pieces: int | None = None
    ) -> None:
        """Carry bytes; `mangle` gets the number of the flight and may change it."""
        for _ in range(50):
            moved = False
            for source, target in ((self.left, self.right), (self.right, self.left)):
                data = source.drain()
                if not data:
                    continue
                moved = True
                data = mangle(len(self.transcript), data)
                self.transcript.append(data)
                step = pieces or len(data) or 1
                for at in range(0, len(data), step):
                    target.take(data[at : at + step])
            if not moved:
                return
        raise AssertionError("the two ends never fall silent")
