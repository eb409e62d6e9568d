"""What a sealed beacon says (`docs/wire/sealed-beacon.md`).

::

     0       16               48         56    58     59        64
     +--------+----------------+----------+-----+------+---------+
     | uuid   | public key     | sequence | port| flags| zeros   |    integers in network order
     +--------+----------------+----------+-----+------+---------+
"""

from __future__ import annotations

from struct import Struct
from typing import Self
from uuid import UUID

from covey.errors import OptionError, ProtocolError
from covey.values import frozen

__all__ = ["BEACON_SIZE", "SealedBeacon"]

_LAYOUT = Struct("!16s32sQHB5x")
BEACON_SIZE = _LAYOUT.size
"""Every sealed beacon says this much: 64 bytes."""
_KEY_SIZE = 32


@frozen
class SealedBeacon:
    """One beacon of a member, as the members read it."""

    uuid: UUID
    """Who."""
    port: int
    """TCP port of its mesh endpoint, 1 to 65535; 0 says goodbye."""
    public_key: bytes
    """Its CURVE public key, 32 bytes."""
    sequence: int
    """Rises with every beacon of one uuid, 64 bits; begins at the wall clock in microseconds, so that
    a restarted process goes on above its former beacons. What is not above the last one heard is old."""
    flags: int = 0
    """8 bits for the medium; a bit that is not known is ignored."""

    @property
    def is_departure(self) -> bool:
        """Whether it says goodbye."""
        return self.port == 0

    def encode(self) -> bytes:
        """Return the 64 bytes to be sealed.

        Raises:
            OptionError: a field out of its range.
        """
        ranges = (
            ("port", self.port, 1 << 16),
            ("sequence", self.sequence, 1 << 64),
            ("flags", self.flags, 1 << 8),
        )
        for name, value, limit in ranges:
            if not 0 <= value < limit:
                raise OptionError(name, f"{value} is not within 0 to {limit - 1}")
        if len(self.public_key) != _KEY_SIZE:
            raise OptionError("public_key", f"has {_KEY_SIZE} bytes, not {len(self.public_key)}")
        return _LAYOUT.pack(self.uuid.bytes, self.public_key, self.sequence, self.port, self.flags)

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Return the beacon in the content of an opened datagram.

        Raises:
            ProtocolError: not 64 bytes.
        """
        if len(content) != BEACON_SIZE:
            raise ProtocolError(f"a sealed beacon has {BEACON_SIZE} bytes, not {len(content)}")
        uuid, public_key, sequence, port, flags = _LAYOUT.unpack(content)
        return cls(UUID(bytes=uuid), port, public_key, sequence, flags)
