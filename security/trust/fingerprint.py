"""What people compare to make sure that a key is the one that they mean."""

from __future__ import annotations

import hashlib

from covey.values import frozen

from .words import WORDS

__all__ = ["Fingerprint"]

_CONTEXT = b"covey fingerprint 1\0"
_SIZE = 10
_GROUP = 4


@frozen
class Fingerprint:
    """80 bits of SHA-256 over public keys: as hexadecimal digits, and as ten words.

    80 bits because what has to be hard is to find keys with the fingerprint of others (a second preimage).
    """

    octets: bytes

    @classmethod
    def of(cls, *public_keys: bytes) -> Fingerprint:
        """Return the fingerprint of keys of 32 octets, in this order."""
        return cls(hashlib.sha256(_CONTEXT + b"".join(public_keys)).digest()[:_SIZE])

    @property
    def digits(self) -> str:
        """Twenty digits in groups of four."""
        text = self.octets.hex()
        return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))

    @property
    def words(self) -> str:
        """Ten words."""
        return " ".join(WORDS[octet] for octet in self.octets)

    def __str__(self) -> str:
        return self.digits
