"""Signatures of senders: Ed25519 of `cryptography`."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Ed25519Signer", "verify"]


class Ed25519Signer:
    """A fresh key pair."""

    __slots__ = ("_private", "_public")

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self._public = self._private.public_key().public_bytes_raw()

    @property
    def public(self) -> bytes:
        """The verifying key, 32 octets."""
        return self._public

    def sign(self, statement: bytes) -> bytes:
        """Return the signature, 64 octets."""
        return self._private.sign(statement)


def verify(verifying_key: bytes, signature: bytes, statement: bytes) -> bool:
    """Return whether the owner of a verifying key signed a statement."""
    try:
        Ed25519PublicKey.from_public_bytes(verifying_key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
