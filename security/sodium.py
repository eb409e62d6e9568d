"""What a starting node needs of libsodium: authenticated encryption, key pairs and SHA-256.

PyNaCl's `nacl.bindings` are fifteen modules for all that libsodium has; a process that only announces itself would
spend a tenth of its start on them. So this calls libsodium through PyNaCl directly, and by the bindings where a
PyNaCl does not show it. Sizes are checked here, before C reads that many octets.
"""

from __future__ import annotations

from typing import Any, Final

from covey.errors import ResourceError

__all__ = ["KEY_SIZE", "NONCE_SIZE", "AeadKey", "new_key_pair", "public_key_of", "sha256"]

KEY_SIZE: Final = 32
"""Octets of a key: for encryption, and of each half of a pair."""
NONCE_SIZE: Final = 24
_TAG_SIZE: Final = 16
_DIGEST_SIZE: Final = 32


def _bind() -> tuple[Any, Any] | None:
    """Return libsodium and what makes its buffers, None where this PyNaCl does not show them.

    Raises:
        ResourceError: libsodium does not find its random source.
    """
    try:
        from nacl._sodium import ffi, lib
    except ImportError:
        return None
    wanted = ("sodium_init", "crypto_aead_xchacha20poly1305_ietf_encrypt", "crypto_hash_sha256")
    if not all(hasattr(lib, name) for name in wanted):
        return None
    if lib.sodium_init() == -1:
        raise ResourceError("libsodium", "cannot be initialized")
    return ffi, lib


class AeadKey:
    """A key for XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha).

    Raises:
        ValueError: the key has not 32 octets.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a key has {KEY_SIZE} octets, not {len(key)}")
        self._key = key

    def seal(self, content: bytes, context: bytes, nonce: bytes) -> bytes:
        """Return ciphertext and tag, 16 octets more than the content; `context` is authenticated too.

        Raises:
            ValueError: the nonce has not 24 octets.
        """
        _check_nonce(nonce)
        if _bound is None:
            from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt

            return encrypt(content, context, nonce, self._key)
        ffi, lib = _bound
        size = len(content) + _TAG_SIZE
        sealed = ffi.new("unsigned char[]", size)
        lib.crypto_aead_xchacha20poly1305_ietf_encrypt(
            *(sealed, ffi.NULL, content, len(content), context, len(context), ffi.NULL, nonce, self._key)
        )
        return bytes(ffi.buffer(sealed, size))

    def open(self, sealed: bytes, context: bytes, nonce: bytes) -> bytes | None:
        """Return the content, or None if it was not sealed with this key, nonce and context.

        Raises:
            ValueError: the nonce has not 24 octets.
        """
        _check_nonce(nonce)
        size = len(sealed) - _TAG_SIZE
        if size < 0:
            return None
        if _bound is None:
            return self._open_by_bindings(sealed, context, nonce)
        ffi, lib = _bound
        content = ffi.new("unsigned char[]", size)
        refused = lib.crypto_aead_xchacha20poly1305_ietf_decrypt(
            *(content, ffi.NULL, ffi.NULL, sealed, len(sealed), context, len(context), nonce, self._key)
        )
        return None if refused else bytes(ffi.buffer(content, size))

    def _open_by_bindings(self, sealed: bytes, context: bytes, nonce: bytes) -> bytes | None:
        from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
        from nacl.exceptions import CryptoError

        try:
            return decrypt(sealed, context, nonce, self._key)
        except CryptoError:
            return None


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != NONCE_SIZE:
        raise ValueError(f"a nonce has {NONCE_SIZE} octets, not {len(nonce)}")


def new_key_pair() -> tuple[bytes, bytes]:
    """Return a public and a secret key for X25519, from libsodium's random source."""
    if _bound is None:
        from nacl.bindings import crypto_box_keypair

        return crypto_box_keypair()
    ffi, lib = _bound
    public, secret = ffi.new("unsigned char[]", KEY_SIZE), ffi.new("unsigned char[]", KEY_SIZE)
    lib.crypto_box_keypair(public, secret)
    return bytes(ffi.buffer(public, KEY_SIZE)), bytes(ffi.buffer(secret, KEY_SIZE))


def public_key_of(secret: bytes) -> bytes:
    """Return the public half that belongs to a secret key.

    Raises:
        ValueError: it has not 32 octets.
    """
    if len(secret) != KEY_SIZE:
        raise ValueError(f"a key has {KEY_SIZE} octets, not {len(secret)}")
    if _bound is None:
        from nacl.bindings import crypto_scalarmult_base

        return crypto_scalarmult_base(secret)
    ffi, lib = _bound
    public = ffi.new("unsigned char[]", KEY_SIZE)
    lib.crypto_scalarmult_base(public, secret)
    return bytes(ffi.buffer(public, KEY_SIZE))


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 digest, 32 octets."""
    if _bound is None:
        from nacl.bindings import crypto_hash_sha256

        return crypto_hash_sha256(data)
    ffi, lib = _bound
    digest = ffi.new("unsigned char[]", _DIGEST_SIZE)
    lib.crypto_hash_sha256(digest, data, len(data))
    return bytes(ffi.buffer(digest, _DIGEST_SIZE))


_bound = _bind()
