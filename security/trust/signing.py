"""Signatures: Ed25519, each for one purpose, so that none can be taken for another."""

from __future__ import annotations

import hmac
from typing import NoReturn, Self

from covey.errors import OptionError

from ..curve.keys import CurveKeys
from ..hkdf import expand, extract

__all__ = ["SIGNATURE_SIZE", "Signer", "is_signed"]

SIGNATURE_SIZE = 64
"""Octets of a signature."""
SEED_SIZE = 32
_SALT = b"covey signing 1"
_MEMBER = b"member"
_CONTEXT = b"covey "


class Signer:
    """A signing key.

    Args:
        seed: 32 random octets, from which both halves follow.

    Raises:
        OptionError: not 32 octets.
    """

    __slots__ = ("_secret", "public_bytes", "seed")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, seed: bytes) -> None:
        from nacl.bindings import crypto_sign_seed_keypair

        if len(seed) != SEED_SIZE:
            raise OptionError("seed", f"has {SEED_SIZE} bytes, not {len(seed)}")
        self.seed = seed
        """What is kept, 32 octets."""
        self.public_bytes, self._secret = crypto_sign_seed_keypair(seed)
        """The public half, 32 octets."""

    @classmethod
    def of_member(cls, keys: CurveKeys) -> Self:
        """Return the signing key that belongs to a CURVE key pair: a member keeps one secret, not two.

        HKDF with SHA-256, salt `covey signing 1`, info `member`. Whoever has the signature or the public
        half learns nothing of the CURVE key.
        """
        return cls(expand(extract(_SALT, keys.secret_bytes), _MEMBER, SEED_SIZE))

    def sign(self, purpose: str, message: bytes) -> bytes:
        """Return the signature, 64 octets, over `covey `, purpose, NUL and message."""
        from nacl.bindings import crypto_sign

        return crypto_sign(_statement(purpose, message), self._secret)[:SIGNATURE_SIZE]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Signer):
            return NotImplemented
        return hmac.compare_digest(self.seed, other.seed)

    def __repr__(self) -> str:
        return f"Signer(public={self.public_bytes.hex()}, secret=...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key does not travel by pickle; save it to a file")


def is_signed(public_key: bytes, signature: bytes, purpose: str, message: bytes) -> bool:
    """Whether a signature was made with the secret half of `public_key` for this purpose. Never raises."""
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import CryptoError

    try:
        crypto_sign_open(signature + _statement(purpose, message), public_key)
    except (CryptoError, ValueError):  # PyNaCl raises ValueError for keys of a wrong size
        return False
    return len(signature) == SIGNATURE_SIZE


def _statement(purpose: str, message: bytes) -> bytes:
    return _CONTEXT + purpose.encode("ascii") + b"\0" + message
