"""CipherState: a key and the counter of its messages (Noise, section 5.1)."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag

from covey.errors import ProtocolError

from .constants import KEY_SIZE, LARGEST_NONCE
from .suites import Suite

__all__ = ["CipherState"]


class CipherState:
    """Seals, or opens, one direction of a conversation.

    Args:
        suite: the functions.
        key: 32 bytes.
    """

    __slots__ = ("_aead", "_nonce", "_pack", "_suite")

    def __init__(self, suite: Suite, key: bytes) -> None:
        self._suite = suite
        self._aead = suite.cipher.aead(key)
        self._pack = suite.cipher.nonce.pack
        self._nonce = 0

    @property
    def nonce(self) -> int:
        """How many messages it has sealed or opened."""
        return self._nonce

    def encrypt(self, associated: bytes, plaintext: bytes | memoryview) -> bytes:
        """Return ciphertext and tag (16).

        Raises:
            ProtocolError: 2^64 - 1 messages were sealed.
        """
        nonce = self._take_nonce()
        sealed = self._aead.encrypt(self._pack(nonce), plaintext, associated)
        self._nonce = nonce + 1
        return sealed

    def decrypt(self, associated: bytes, ciphertext: bytes | memoryview) -> bytes:
        """Return the plaintext; the counter moves on only if it opens.

        Raises:
            ProtocolError: sealed by another key, altered, replayed or out of order; or 2^64 - 1
                messages were opened.
        """
        nonce = self._take_nonce()
        try:
            plaintext = self._aead.decrypt(self._pack(nonce), ciphertext, associated)
        except InvalidTag as error:
            raise ProtocolError("NOISE: a ciphertext that does not open") from error
        self._nonce = nonce + 1
        return plaintext

    def rekey(self) -> None:
        """Replace the key by one that does not tell the former; the counter goes on (section 4.2)."""
        key = self._aead.encrypt(self._pack(LARGEST_NONCE), bytes(KEY_SIZE), b"")[:KEY_SIZE]
        self._aead = self._suite.cipher.aead(key)

    def _take_nonce(self) -> int:
        if self._nonce >= LARGEST_NONCE:
            raise ProtocolError("NOISE: this connection has used up its nonces")
        return self._nonce
