"""HKDF with SHA-256: many keys from one secret (RFC 5869).

SHA-256 is libsodium's. The standard library's `hmac` would make a node that starts load OpenSSL's digests as well,
for which it has no other use.
"""

from __future__ import annotations

from .sodium import sha256

__all__ = ["expand", "extract"]

_DIGEST_SIZE = 32
_BLOCK_SIZE = 64
_INNER, _OUTER = (bytes(octet ^ pad for octet in range(256)) for pad in (0x36, 0x5C))
_MOST_BLOCKS = 255


def extract(salt: bytes, key_material: bytes) -> bytes:
    """Return the pseudo-random key of `key_material`, 32 bytes (RFC 5869, section 2.2)."""
    return _hmac(salt or bytes(_DIGEST_SIZE), key_material)


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes, at most 8160, bound to `info` (RFC 5869, section 2.3).

    Raises:
        ValueError: more is wanted than HKDF can give.
    """
    if length > _MOST_BLOCKS * _DIGEST_SIZE:
        raise ValueError(f"HKDF gives at most {_MOST_BLOCKS * _DIGEST_SIZE} bytes, not {length}")
    output = block = b""
    counter = 0
    while len(output) < length:
        counter += 1
        block = _hmac(key, block + info + bytes((counter,)))
        output += block
    return output[:length]


def _hmac(key: bytes, data: bytes) -> bytes:
    """Return the HMAC of `data` with SHA-256 (RFC 2104)."""
    block = (sha256(key) if len(key) > _BLOCK_SIZE else key).ljust(_BLOCK_SIZE, b"\0")
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + data))
