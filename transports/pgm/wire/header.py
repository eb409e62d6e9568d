"""The header that every PGM packet starts with (RFC 3208 section 8.1).

::

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |          source port          |       destination port        |
    +---+---+-------+---------------+-------------------------------+
    |ver|rsv| type  |    options    |           checksum            |
    +---+---+-------+---------------+-------------------------------+
    |                      global source id ...                     |
    +-------------------------------+-------------------------------+
    |   ... global source id        |          TSDU length          |
    +-------------------------------+-------------------------------+

In upstream packets the two ports are swapped.
"""

from __future__ import annotations

from dataclasses import dataclass

from covey.errors import PgmError

from ..constants import HEADER, HEADER_SIZE, TYPE_MASK, UPSTREAM_TYPES, VERSION_MASK

__all__ = ["Header", "decode_header"]


@dataclass(slots=True, frozen=True)
class Header:
    """What stands in the common header."""

    source_port: int
    """First port on the wire; the transport session's downstream, the data's upstream."""
    destination_port: int
    type: int
    """One of `PacketType`, as an int."""
    gsi: bytes
    """Global source identifier, 6 octets."""
    flags: int = 0
    """The options octet without its lowest bit, which says whether options follow."""
    tsdu_size: int = 0
    """Octets of data."""
    checksum: int = 0
    """As received; 0 when the packet has none."""

    @property
    def tsi(self) -> bytes:
        """The transport session: GSI and the source's port, 8 octets."""
        port = self.destination_port if self.type in UPSTREAM_TYPES else self.source_port
        return self.gsi + port.to_bytes(2, "big")

    def encode(self, *, flags: int, tsdu_size: int) -> bytes:
        """Return 16 octets with a checksum field of zero."""
        return HEADER.pack(self.source_port, self.destination_port, self.type, flags, 0, self.gsi, tsdu_size)


def decode_header(data: bytes) -> Header:
    """Return the header at the start of `data`.

    Raises:
        PgmError: too short, or not version 0.
    """
    if len(data) < HEADER_SIZE:
        raise PgmError("shorter than a header", len(data))
    source, destination, kind, flags, checksum, gsi, size = HEADER.unpack_from(data)
    if kind & VERSION_MASK:
        raise PgmError(f"unknown version octet {kind:#04x}", 4)
    return Header(source, destination, kind & TYPE_MASK, gsi, flags, size, checksum)
