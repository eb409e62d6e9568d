"""What both ends of a CURVE connection share: nonces, and sealed traffic once the handshake is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    def seal_all(
        self, flags: Sequence[int], payloads: Sequence[bytes], header: Callable[[int], bytes]
    ) -> bytes | bytearray:
        """Return the sealed bodies of many frames; see `Mechanism`.

        Raises:
            StateError: the handshake is not over.
            ProtocolError: the connection's nonces are used up (2^64 frames).
        """
        return self._begun().seal_all(flags, payloads, header)

    def open_all(self, bodies: Sequence[bytes], flags: bytearray, payloads: list[bytes]) -> None:
        """Open sealed frame bodies; see `Mechanism`.

        Raises:
            StateError: the handshake is not over.
            ProtocolError: one is no MESSAGE, is a replay, or does not open.
        """
        self._begun().open_all(bodies, flags, payloads)

    def _begun(self) -> CurveSession:
        if self._session is None:
            raise StateError("CURVE: the handshake is not over")
        return self._session

    def _begin_session(self, key: bytes, *, as_server: bool) -> None:
        self._session = CurveSession(key, as_server=as_server, sent=self._sent, seen=self._seen)
        self._become_ready()
