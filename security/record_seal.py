"""Sealing of records that a secret mesh leaves with third parties (`docs/wire/etcd.md`).

::

     0         4            28                           n-16      n
     +---------+------------+----------------------------+--------+
     | CVR 01  | nonce      | ciphertext                 | tag    |
     +---------+------------+----------------------------+--------+

XChaCha20-Poly1305 under a key derived from the secret and the mesh's name for one purpose. The first four
bytes and the place where the record lies are authenticated, so that a record cannot be moved to another place.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from .secret import Secret
from .sodium import AeadKey

__all__ = ["RECORD_OVERHEAD", "RecordSealer"]

_MAGIC = b"CVR\x01"
_NONCE_SIZE = 24
_TAG_SIZE = 16
_CONTENT_AT = len(_MAGIC) + _NONCE_SIZE
RECORD_OVERHEAD = _CONTENT_AT + _TAG_SIZE
"""Bytes that sealing adds, 44."""


class RecordSealer:
    """Seals and opens records of one mesh for one purpose.

    Args:
        secret: what the members share.
        mesh: the mesh's name.
        purpose: keys of different purposes have nothing to do with each other.
        random: source of nonces.
    """

    __slots__ = ("_key", "_random")

    def __init__(
        self, secret: Secret, mesh: str, purpose: str, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._key = AeadKey(secret.derive(purpose, mesh))
        self._random = random

    def seal(self, content: bytes, place: bytes) -> bytes:
        """Return the record that says `content` at `place`."""
        nonce = self._random(_NONCE_SIZE)
        return _MAGIC + nonce + self._key.seal(content, _MAGIC + place, nonce)

    def open(self, record: bytes, place: bytes) -> bytes | None:
        """Return what a record at `place` says, or None if it is not of this mesh, or of another place."""
        if len(record) < RECORD_OVERHEAD or not record.startswith(_MAGIC):
            return None
        return self._key.open(record[_CONTENT_AT:], _MAGIC + place, record[len(_MAGIC) : _CONTENT_AT])
