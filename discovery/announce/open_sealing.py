"""Announcements of open meshes: everybody can read and forge them."""

from __future__ import annotations

from binascii import crc32

from .constants import LONGEST_BODY, MAGIC

__all__ = ["OpenSealing"]

_CHECKSUM = 4
_LONGEST = len(MAGIC) + LONGEST_BODY + _CHECKSUM


class OpenSealing:
    """A checksum keeps out what was damaged, by the network or on purpose; it is no protection against more."""

    __slots__ = ()

    def seal(self, body: bytes) -> bytes:
        """Return the datagram."""
        said = MAGIC + body
        return said + crc32(said).to_bytes(_CHECKSUM, "big")

    def open(self, datagram: bytes) -> bytes | None:
        """Return the body, or None when it is damaged or something else."""
        if not datagram.startswith(MAGIC) or len(datagram) > _LONGEST:
            return None
        said = datagram[:-_CHECKSUM]
        if crc32(said).to_bytes(_CHECKSUM, "big") != datagram[-_CHECKSUM:]:
            return None
        return said[len(MAGIC) :]
