"""Cipher and hash functions of Noise (sections 4 and 12), all from the `cryptography` package."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Protocol

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from covey.errors import OptionError
from covey.values import frozen

__all__ = ["Aead", "Suite", "aead_by_code", "suite_by_codes", "suite_by_names"]


class Aead(Protocol):
    """A keyed cipher with associated data."""

    def encrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None, /) -> bytes:
        """Return ciphertext and tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None, /) -> bytes:
        """Return the plaintext, or raise `cryptography.exceptions.InvalidTag`."""
        ...


@frozen
class _Cipher:
    code: int
    aead: Callable[[bytes], Aead]
    nonce: Struct
    """Four zero bytes and the counter; ChaChaPoly counts in little, AESGCM in big endian."""


@frozen
class _Hash:
    code: int
    algorithm: hashes.HashAlgorithm


_CIPHERS = {
    "ChaChaPoly": _Cipher(1, ChaCha20Poly1305, Struct("<4xQ")),
    "AESGCM": _Cipher(2, AESGCM, Struct(">4xQ")),
}
_HASHES = {
    "BLAKE2s": _Hash(1, hashes.BLAKE2s(32)),
    "SHA256": _Hash(2, hashes.SHA256()),
}


@frozen
class Suite:
    """A choice of functions; X25519 always (section 12.1)."""

    cipher_name: str
    """ChaChaPoly or AESGCM."""
    hash_name: str
    """BLAKE2s or SHA256; both have 32 bytes of output and blocks of 64."""
    cipher: _Cipher
    hash_function: _Hash

    @property
    def name(self) -> str:
        """The last parts of a protocol name (section 8), `25519_ChaChaPoly_BLAKE2s`."""
        return f"25519_{self.cipher_name}_{self.hash_name}"

    @property
    def codes(self) -> bytes:
        """The cipher's and the hash's byte in HELLO."""
        return bytes((self.cipher.code, self.hash_function.code))

    def hash(self, data: bytes) -> bytes:
        """Return the digest, 32 bytes."""
        digest = hashes.Hash(self.hash_function.algorithm)
        digest.update(data)
        return digest.finalize()

    def hmac(self, key: bytes, data: bytes) -> bytes:
        """Return HMAC-HASH of section 4.3, 32 bytes."""
        code = hmac.HMAC(key, self.hash_function.algorithm)
        code.update(data)
        return code.finalize()

    def hkdf(self, chaining_key: bytes, key_material: bytes, outputs: int) -> tuple[bytes, ...]:
        """Return two or three keys of 32 bytes (section 4.3)."""
        temporary = self.hmac(chaining_key, key_material)
        keys: list[bytes] = []
        block = b""
        for number in range(1, outputs + 1):
            block = self.hmac(temporary, block + bytes((number,)))
            keys.append(block)
        return tuple(keys)


def suite_by_names(cipher: str, hash_name: str) -> Suite:
    """Return the suite of two names.

    Raises:
        OptionError: a name that is not known.
    """
    for option, name, known in (("cipher", cipher, _CIPHERS), ("hash", hash_name, _HASHES)):
        if name not in known:
            raise OptionError(option, f"{name!r} is none of {', '.join(known)}")
    return Suite(cipher, hash_name, _CIPHERS[cipher], _HASHES[hash_name])


def suite_by_codes(codes: bytes) -> Suite | None:
    """Return the suite of the two bytes in HELLO, or None if one is not known."""
    ciphers = [name for name, cipher in _CIPHERS.items() if cipher.code == codes[0]]
    names = [name for name, function in _HASHES.items() if function.code == codes[1]]
    return suite_by_names(ciphers[0], names[0]) if ciphers and names else None


def aead_by_code(code: int, key: bytes) -> Aead:
    """Return the cipher of a code with a key of 32 bytes.

    Raises:
        OptionError: no cipher has that code.
    """
    for cipher in _CIPHERS.values():
        if cipher.code == code:
            return cipher.aead(key)
    raise OptionError("cipher", f"no cipher has the code {code}")
