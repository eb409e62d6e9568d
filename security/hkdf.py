"""HKDF with SHA-256: many keys from one secret (RFC 5869).

HMAC and SHA-256 are the standard library's (OpenSSL underneath): a program that only derives a key need not
load an encryption library, which costs 30 ms at start-up.
"""

from __future__ import annotations

import hashlib
import hmac

__all__ = ["expand", "extract"]

_DIGEST = hashlib.sha256
_DIGEST_SIZE = 32
_MOST_BLOCKS = 255


def extract(salt: bytes, key_material: bytes) -> bytes:
    """Return the pseudo-random key of `key_material`, 32 bytes (RFC 5869, section 2.2)."""
    return hmac.digest(salt or bytes(_DIGEST_SIZE), key_material, _DIGEST)


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
        block = hmac.digest(key, block + info + bytes((counter,)), _DIGEST)
        output += block
    return output[:length]
