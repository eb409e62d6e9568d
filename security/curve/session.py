"""Traffic of a CURVE connection: each frame in a MESSAGE of its own (RFC 26, section "Message Commands").

::

    MESSAGE   07 "MESSAGE" | nonce(8) | Box[flags(1) payload]
    flags     bit 0 more frames follow, bit 1 a command (libzmq; RFC 26 has it reserved)
"""

from __future__ import annotations

from nacl.bindings import crypto_box_afternm, crypto_box_open_afternm
from nacl.exceptions import CryptoError

from covey.errors import ProtocolError

from .constants import (
    LARGEST_NONCE,
    MESSAGE_FROM_CLIENT_NONCE,
    MESSAGE_FROM_SERVER_NONCE,
    MESSAGE_MINIMUM,
    SHORT_NONCE_SIZE,
)
from .nonces import NonceCounter, NonceWatch

__all__ = ["CurveSession"]

_HEAD = b"\x07MESSAGE"
_BOX = len(_HEAD) + SHORT_NONCE_SIZE
_KNOWN_FLAGS = 3
_FLAG_BYTES = tuple(bytes((flags,)) for flags in range(256))


class CurveSession:
    """Seals and opens the frames of one connection.

    Args:
        key: of the box between the two connection keys, 32 bytes.
        as_server: which end this is.
        sent: the counter that the handshake has begun.
        seen: the watch that the handshake has begun.
    """

    __slots__ = ("_key", "_last", "_next", "_receive_prefix", "_send_prefix")

    def __init__(self, key: bytes, *, as_server: bool, sent: NonceCounter, seen: NonceWatch) -> None:
        self._key = key
        self._next = sent.next
        self._last = seen.last
        prefixes = (MESSAGE_FROM_CLIENT_NONCE, MESSAGE_FROM_SERVER_NONCE)
        self._receive_prefix, self._send_prefix = prefixes if as_server else prefixes[::-1]

    def seal(self, flags: int, payload: bytes) -> bytes:
        """Return the MESSAGE body of one frame.

        Raises:
            ProtocolError: 2^64 - 1 commands were sent; the counter must not wrap.
        """
        value = self._next
        if value > LARGEST_NONCE:
            raise ProtocolError("this connection has used up its nonces")
        self._next = value + 1
        short = value.to_bytes(8, "big")
        box = crypto_box_afternm(_FLAG_BYTES[flags] + payload, self._send_prefix + short, self._key)
        return _HEAD + short + box

    def open(self, body: bytes) -> tuple[int, bytes]:
        """Return (flags, payload) of a MESSAGE body.

        Raises:
            ProtocolError: no MESSAGE, a nonce that does not rise, or a box that does not open.
        """
        if len(body) < MESSAGE_MINIMUM or not body.startswith(_HEAD):
            raise ProtocolError(f"CURVE: traffic of {len(body)} bytes that is no MESSAGE")
        short = body[8:16]
        value = int.from_bytes(short, "big")
        if value <= self._last:
            raise ProtocolError(f"CURVE: nonce {value} after {self._last}: a replay or a disorder")
        try:
            content = crypto_box_open_afternm(body[_BOX:], self._receive_prefix + short, self._key)
        except CryptoError as error:
            raise ProtocolError("CURVE: a MESSAGE that does not open") from error
        self._last = value
        return content[0] & _KNOWN_FLAGS, content[1:]
