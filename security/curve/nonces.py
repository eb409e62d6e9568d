"""Nonces: counters that only rise, and random ones, each behind its command's prefix (RFC 26)."""

from __future__ import annotations

import os
from collections.abc import Callable

from covey.errors import ProtocolError

from .constants import LARGEST_NONCE, LONG_NONCE_SIZE, SHORT_NONCE_SIZE

__all__ = ["NonceCounter", "NonceWatch", "RandomBytes", "long_nonce", "system_random"]

RandomBytes = Callable[[int], bytes]
"""Returns that many bytes nobody can predict."""

system_random: RandomBytes = os.urandom
"""The operating system's source."""


class NonceCounter:
    """Counts the commands that one end sends on one connection; starts at 1."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 1

    def take(self) -> bytes:
        """Return the next short nonce, 8 bytes.

        Raises:
            ProtocolError: 2^64 - 1 commands were sent; the counter must not wrap.
        """
        value = self.next
        if value > LARGEST_NONCE:
            raise ProtocolError("this connection has used up its nonces")
        self.next = value + 1
        return value.to_bytes(SHORT_NONCE_SIZE, "big")


class NonceWatch:
    """Sees to it that the peer's short nonces strictly rise; gaps are fine."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = -1

    def check(self, short: bytes) -> int:
        """Return the value of a short nonce that is fresh; `accept` it once its box has opened.

        Raises:
            ProtocolError: not larger than the last accepted one.
        """
        value = int.from_bytes(short, "big")
        if value <= self.last:
            raise ProtocolError(f"nonce {value} after {self.last}: a replay or a disorder")
        return value

    def accept(self, value: int) -> None:
        """Take `value` as the last one seen."""
        self.last = value


def long_nonce(random: RandomBytes) -> bytes:
    """Return a fresh random nonce, 16 bytes, to stand behind a prefix of 8."""
    return random(LONG_NONCE_SIZE)
