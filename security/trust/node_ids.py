"""Node ids that belong to a key: a member with a lasting key cannot be robbed of its uuid.

The last 7 octets of the uuid are the first 7 of SHA-256 over `covey node 1`, NUL and the public key; the others,
but for version and variant, are random, so that each process has an id of its own.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

__all__ = ["belongs_to", "make_id"]

_CONTEXT = b"covey node 1\0"
_BOUND = 7
_VERSION, _VARIANT = 0x80, 0x80
"""RFC 9562, version 8: of a form of our own."""
_SILENT_VERSION = 0x40
"""Version 4, of nodes that are met by connecting, as all others are."""


def make_id(curve_key: bytes, random: bytes, *, announces: bool = True) -> UUID:
    """Return an id of the holder of `curve_key`, made of 9 random octets; its version tells if it announces itself."""
    octets = bytearray(random[:9] + _mark(curve_key))
    octets[6] = octets[6] & 0x0F | (_VERSION if announces else _SILENT_VERSION)
    octets[8] = octets[8] & 0x3F | _VARIANT
    return UUID(bytes=bytes(octets))


def belongs_to(uuid: UUID, curve_key: bytes) -> bool:
    """Whether an id is one of the holder of `curve_key`."""
    return uuid.bytes[-_BOUND:] == _mark(curve_key)


def _mark(curve_key: bytes) -> bytes:
    return hashlib.sha256(_CONTEXT + curve_key).digest()[:_BOUND]
