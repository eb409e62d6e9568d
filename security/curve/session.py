"""Traffic of a CURVE connection: each frame in a MESSAGE of its own (RFC 26, section "Message Commands").

::

    MESSAGE   07 "MESSAGE" | nonce(8) | Box[flags(1) payload]
    flags     bit 0 more frames follow, bit 1 a command (libzmq; RFC 26 has it reserved)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nacl.exceptions import CryptoError

from covey.errors import ProtocolError

from .constants import (
    LARGEST_NONCE,
    MESSAGE_FROM_CLIENT_NONCE,
    MESSAGE_FROM_SERVER_NONCE,
    MESSAGE_MINIMUM,
    SHORT_NONCE_SIZE,
)
from .kept_box import BOX_PADDING, CONTENT_PADDING, new_box
from .nonces import NonceCounter, NonceWatch

__all__ = ["CurveSession"]

_HEAD = b"\x07MESSAGE"
_BOX = len(_HEAD) + SHORT_NONCE_SIZE
_KNOWN_FLAGS = 3
_PADDED_FLAGS = tuple(bytes(CONTENT_PADDING) + bytes((flags,)) for flags in range(256))
_PADDING = bytes(BOX_PADDING)


class CurveSession:
    """Seals and opens the frames of one connection.

    Args:
        key: of the box between the two connection keys, 32 bytes.
        as_server: which end this is.
        sent: the counter that the handshake has begun.
        seen: the watch that the handshake has begun.
    """

    __slots__ = ("_box", "_last", "_next", "_receive_prefix", "_send_prefix")

    def __init__(self, key: bytes, *, as_server: bool, sent: NonceCounter, seen: NonceWatch) -> None:
        self._box = new_box(key)
        self._next = sent.next
        self._last = seen.last
        prefixes = (MESSAGE_FROM_CLIENT_NONCE, MESSAGE_FROM_SERVER_NONCE)
        self._receive_prefix, self._send_prefix = prefixes if as_server else prefixes[::-1]

    def seal_all(
        self, flags: Sequence[int], payloads: Sequence[bytes], header: Callable[[int], bytes]
    ) -> bytearray:
        """Return the MESSAGE bodies of many frames, each behind the `header` of its size.

        The name and the nonce of a body stand where its box had padding: 16 octets.

        Raises:
            ProtocolError: 2^64 - 1 commands were sent; the counter must not wrap.
        """
        value, prefix = self._next, self._send_prefix
        if value + len(payloads) - 1 > LARGEST_NONCE:
            raise ProtocolError("this connection has used up its nonces")
        parts: list[bytes] = []
        places: list[tuple[int, int, bytes]] = []
        at = 0
        for flag, payload in zip(flags, payloads, strict=True):
            size = len(payload) + MESSAGE_MINIMUM
            head = header(size)
            at += len(head)
            parts += head, _PADDED_FLAGS[flag], payload
            places.append((at, size, prefix + value.to_bytes(8, "big")))
            at += size
            value += 1
        self._next = value
        buffer = bytearray().join(parts)
        self._box.seal_in_place(buffer, places)
        for start, _, nonce in places:
            buffer[start : start + _BOX] = _HEAD + nonce[16:]
        return buffer

    def open_all(self, bodies: Sequence[bytes], flags: bytearray, payloads: list[bytes]) -> None:
        """Open MESSAGE bodies one after the other, and append what is in them.

        Raises:
            ProtocolError: no MESSAGE, a nonce that does not rise, or a box that does not open; what came before
                it was appended.
        """
        open_box, prefix, last = self._box.open, self._receive_prefix, self._last
        try:
            for body in bodies:
                if len(body) < MESSAGE_MINIMUM or body[:8] != _HEAD:
                    raise ProtocolError(f"CURVE: traffic of {len(body)} bytes that is no MESSAGE")
                short = body[8:16]
                value = int.from_bytes(short, "big")
                if value <= last:
                    raise ProtocolError(f"CURVE: nonce {value} after {last}: a replay or a disorder")
                content = open_box(_PADDING + body[_BOX:], prefix + short)
                last = value
                flags.append(content[0] & _KNOWN_FLAGS)
                payloads.append(bytes(content[1:]))
        except CryptoError as error:
            raise ProtocolError("CURVE: a MESSAGE that does not open") from error
        finally:
            self._last = last
