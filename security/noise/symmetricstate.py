"""SymmetricState: what a handshake has heard and agreed so far (Noise, section 5.2)."""

from __future__ import annotations

from .cipherstate import CipherState
from .suites import Suite

__all__ = ["SymmetricState"]

_DIGEST_SIZE = 32


class SymmetricState:
    """Chaining key, transcript hash, and a cipher as soon as there is a key.

    Args:
        suite: the functions.
        protocol_name: for instance `Noise_XX_25519_ChaChaPoly_BLAKE2s`, in ASCII.
    """

    __slots__ = ("_chaining_key", "_cipher", "_suite", "handshake_hash")

    def __init__(self, suite: Suite, protocol_name: str) -> None:
        name = protocol_name.encode("ascii")
        self._suite = suite
        self.handshake_hash = (
            name.ljust(_DIGEST_SIZE, b"\0") if len(name) <= _DIGEST_SIZE else suite.hash(name)
        )
        self._chaining_key = self.handshake_hash
        self._cipher: CipherState | None = None

    def mix_hash(self, data: bytes) -> None:
        """Add `data` to the transcript."""
        self.handshake_hash = self._suite.hash(self.handshake_hash + data)

    def mix_key(self, key_material: bytes) -> None:
        """Make a new key out of the present one and `key_material`."""
        self._chaining_key, key = self._suite.hkdf(self._chaining_key, key_material, 2)
        self._cipher = CipherState(self._suite, key)

    def mix_key_and_hash(self, key_material: bytes) -> None:
        """Mix in a pre-shared key (section 9.2)."""
        self._chaining_key, digest, key = self._suite.hkdf(self._chaining_key, key_material, 3)
        self.mix_hash(digest)
        self._cipher = CipherState(self._suite, key)

    @property
    def has_key(self) -> bool:
        """Whether what is said from now on is sealed."""
        return self._cipher is not None

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        """Return `plaintext`, sealed if there is a key, bound to the transcript."""
        sealed = plaintext
        if self._cipher is not None:
            sealed = self._cipher.encrypt(self.handshake_hash, plaintext)
        self.mix_hash(sealed)
        return sealed

    def decrypt_and_hash(self, sealed: bytes) -> bytes:
        """Return what is inside `sealed`.

        Raises:
            ProtocolError: it does not open.
        """
        plaintext = sealed
        if self._cipher is not None:
            plaintext = self._cipher.decrypt(self.handshake_hash, sealed)
        self.mix_hash(sealed)
        return plaintext

    def split(self) -> tuple[CipherState, CipherState]:
        """Return the ciphers of the traffic: from initiator to responder, and back."""
        first, second = self._suite.hkdf(self._chaining_key, b"", 2)
        return CipherState(self._suite, first), CipherState(self._suite, second)
