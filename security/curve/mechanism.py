"""What both ends of a CURVE connection share: nonces, and sealed traffic once the handshake is over."""

from __future__ import annotations

from typing import ClassVar

from covey.errors import StateError

from ..handshake import CommandHandshake
from ..mechanism import Sealing
from .nonces import NonceCounter, NonceWatch, RandomBytes
from .session import CurveSession

__all__ = ["CurveMechanism"]


class CurveMechanism(CommandHandshake):
    """One CURVE connection; subclasses do the handshake of their end (RFC 26)."""

    __slots__ = ("_random", "_seen", "_sent", "_session")

    name: ClassVar[str] = "CURVE"
    sealing: ClassVar[Sealing] = Sealing.MESSAGE

    def __init__(self, random: RandomBytes) -> None:
        super().__init__()
        self._random = random
        self._sent = NonceCounter()
        self._seen = NonceWatch()
        self._session: CurveSession | None = None

    def seal(self, flags: int, payload: bytes) -> bytes:
        """Return the sealed body of one frame; flags: 1 more, 2 command.

        Raises:
            StateError: the handshake is not over.
            ProtocolError: the connection's nonces are used up (2^64 frames).
        """
        session = self._session
        if session is None:
            raise StateError("CURVE: the handshake is not over")
        return session.seal(flags, payload)

    def open(self, body: bytes) -> tuple[int, bytes]:
        """Return (flags, payload) of a sealed frame body.

        Raises:
            StateError: the handshake is not over.
            ProtocolError: it is no MESSAGE, is a replay, or does not open.
        """
        session = self._session
        if session is None:
            raise StateError("CURVE: the handshake is not over")
        return session.open(body)

    def _begin_session(self, key: bytes, *, as_server: bool) -> None:
        self._session = CurveSession(key, as_server=as_server, sent=self._sent, seen=self._seen)
        self._become_ready()
