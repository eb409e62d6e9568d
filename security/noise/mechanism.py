"""What both ends of a NOISE connection share: the prologue, and sealed traffic once the handshake is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from covey.errors import StateError

from ..handshake import CommandHandshake
from ..mechanism import Sealing
from .cipherstate import CipherState
from .constants import REKEY_INTERVAL
from .records import RecordOpener, RecordSealer

__all__ = ["NoiseMechanism", "RandomBytes", "prologue"]

RandomBytes = Callable[[int], bytes]
"""Returns that many bytes nobody can predict."""


def prologue(header: bytes) -> bytes:
    """Return what both ends bind their handshake to: this protocol, and HELLO's header."""
    return b"covey NOISE" + header


class NoiseMechanism(CommandHandshake):
    """One NOISE connection; subclasses do the handshake of their end."""

    __slots__ = ("_opener", "_random", "_sealer", "handshake_hash", "remote_key")

    name: ClassVar[str] = "NOISE"
    sealing: ClassVar[Sealing] = Sealing.STREAM
    key_lifetime: ClassVar[float] = REKEY_INTERVAL

    def __init__(self, random: RandomBytes) -> None:
        super().__init__()
        self._random = random
        self._sealer: RecordSealer | None = None
        self._opener: RecordOpener | None = None
        self.remote_key: bytes = b""
        """The peer's proven public key, 32 bytes, once READY."""
        self.handshake_hash: bytes = b""
        """Unique to this connection, 32 bytes, once READY: to bind to it what is agreed above it."""

    def seal_records(self, plaintext: Sequence[bytes]) -> list[bytes]:
        """Return buffers with the records of one flush, any length.

        Raises:
            StateError: the handshake is not over.
            ProtocolError: the connection's nonces are used up.
        """
        if self._sealer is None:
            raise StateError("NOISE: the handshake is not over")
        return self._sealer.seal(plaintext)

    def open_records(self, data: bytes | bytearray | memoryview, opened: list[bytes]) -> None:
        """Append to `opened` the contents of all records that `data` completes.

        Raises:
            StateError: the handshake is not over.
            ProtocolError: a record does not open.
        """
        if self._opener is None:
            raise StateError("NOISE: the handshake is not over")
        self._opener.open(data, opened)

    def retire_key(self) -> None:
        """Replace the sending key before anything more is sealed."""
        if self._sealer is not None:
            self._sealer.retire_key()

    def _begin_traffic(self, sending: CipherState, receiving: CipherState) -> None:
        self._sealer = RecordSealer(sending)
        self._opener = RecordOpener(receiving)
        self._become_ready()
