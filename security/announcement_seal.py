"""Sealing of announcements in a secret mesh (`docs/wire/announcement.md`).

::

     0         4            28                           n-16      n
     +---------+------------+----------------------------+--------+
     | CVA 02  | nonce      | ciphertext                 | tag    |
     +---------+------------+----------------------------+--------+

XChaCha20-Poly1305 under a key derived from the secret and the mesh's name for this purpose alone. Before
sealing, the body gets its length in front and zeros behind, up to a multiple of 256 bytes: sizes tell next to
nothing of names and groups.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from .secret import Secret
from .sodium import AeadKey

__all__ = ["ANNOUNCEMENT_MAGIC", "AnnouncementSealer", "is_sealed_announcement"]

ANNOUNCEMENT_MAGIC = b"CVA\x02"
_NONCE_SIZE = 24
_TAG_SIZE = 16
_LENGTH_SIZE = 2
_STEP = 256
_CONTENT_AT = len(ANNOUNCEMENT_MAGIC) + _NONCE_SIZE
_OVERHEAD = _CONTENT_AT + _TAG_SIZE
_LONGEST = 1472
"""Octets of a datagram that fits into an Ethernet frame."""


def is_sealed_announcement(datagram: bytes) -> bool:
    """Whether a datagram has the outward form of a sealed announcement, of whatever mesh."""
    return (
        datagram.startswith(ANNOUNCEMENT_MAGIC)
        and _OVERHEAD < len(datagram) <= _LONGEST
        and (len(datagram) - _OVERHEAD) % _STEP == 0
    )


class AnnouncementSealer:
    """Seals and opens the announcements of one mesh.

    Args:
        secret: what the members share.
        mesh: the mesh's name.
        random: source of nonces; 24 random bytes do not meet again in practice.
    """

    __slots__ = ("_key", "_random")

    def __init__(self, secret: Secret, mesh: str, random: Callable[[int], bytes] = os.urandom) -> None:
        self._key = AeadKey(secret.derive("announcement", mesh))
        self._random = random

    def seal(self, body: bytes) -> bytes:
        """Return the datagram that says `body`."""
        nonce = self._random(_NONCE_SIZE)
        content = len(body).to_bytes(_LENGTH_SIZE, "big") + body
        content += bytes(-len(content) % _STEP)
        return ANNOUNCEMENT_MAGIC + nonce + self._key.seal(content, ANNOUNCEMENT_MAGIC, nonce)

    def open(self, datagram: bytes) -> bytes | None:
        """Return the body, or None if the datagram is not of this mesh.

        Other sizes and beginnings cost a comparison, a forgery one decryption (some 5 µs).
        """
        if not is_sealed_announcement(datagram):
            return None
        nonce, sealed = datagram[len(ANNOUNCEMENT_MAGIC) : _CONTENT_AT], datagram[_CONTENT_AT:]
        content = self._key.open(sealed, ANNOUNCEMENT_MAGIC, nonce)
        if content is None:
            return None
        end = _LENGTH_SIZE + int.from_bytes(content[:_LENGTH_SIZE], "big")
        return content[_LENGTH_SIZE:end] if end <= len(content) else None
