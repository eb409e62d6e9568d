"""What a datagram means, and the open beacon on the wire, which everybody can read.

::

    0      3   4                20      22                     54
    | "ZRE" | v |  uuid (16)     | port  | public key (32), v = 3 |

`v` is 1 without and 3 with a key. The port is in network order; zero says goodbye.
Source: RFC 36; the key as Zyre appends it.
"""

from __future__ import annotations

import enum
import struct
from uuid import UUID

from covey.values import frozen

from ..sighting import Announcement
from .constants import KEYED_LENGTH, OPEN_LENGTH, PREFIX, VERSION_KEYED, VERSION_OPEN

__all__ = ["Beacon", "Discard", "MalformedBeacon", "OpenBeacon", "OpenBeacons", "decode", "encode"]

_OPEN = struct.Struct("!3sB16sH")
_KEYED = struct.Struct("!3sB16sH32s")
_NO_KEY = bytes(32)


class Discard(enum.Enum):
    """Why a datagram is no beacon for us."""

    MALFORMED = "malformed"
    """Meant for us by its first octets, but broken."""
    FOREIGN = "foreign"
    """Somebody else's: another protocol, another mesh or another secret."""


@frozen
class Beacon:
    """A beacon that was understood."""

    uuid: UUID
    port: int
    """TCP port of the sender's mesh endpoint; 0 says goodbye."""
    public_key: bytes | None = None
    """32 octets; as trustworthy as `sequence` says."""
    sequence: int | None = None
    """Grows with each datagram of one sender; None where anybody can forge beacons."""


class MalformedBeacon(ValueError):
    """A datagram that is no open beacon."""


@frozen
class OpenBeacon:
    """What an open beacon says."""

    uuid: UUID
    port: int
    """TCP port of the sender's mesh endpoint; 0 says goodbye."""
    public_key: bytes | None = None
    """32 octets, in version 3."""


def encode(beacon: OpenBeacon) -> bytes:
    """Return the datagram: 22 octets, or 54 with a key."""
    if beacon.public_key is None:
        return _OPEN.pack(PREFIX, VERSION_OPEN, beacon.uuid.bytes, beacon.port)
    return _KEYED.pack(PREFIX, VERSION_KEYED, beacon.uuid.bytes, beacon.port, beacon.public_key)


def decode(datagram: bytes) -> OpenBeacon:
    """Return what a datagram says.

    Raises:
        MalformedBeacon: it is no beacon of version 1 or 3, has the wrong length or an all-zero key.
    """
    if len(datagram) == OPEN_LENGTH:
        prefix, version, uuid, port = _OPEN.unpack(datagram)
        if prefix == PREFIX and version == VERSION_OPEN:
            return OpenBeacon(UUID(bytes=uuid), port)
    elif len(datagram) == KEYED_LENGTH:
        prefix, version, uuid, port, key = _KEYED.unpack(datagram)
        if prefix == PREFIX and version == VERSION_KEYED and key != _NO_KEY:
            return OpenBeacon(UUID(bytes=uuid), port, key)
    raise MalformedBeacon(f"no open beacon: {len(datagram)} octets starting {datagram[:4].hex()}")


class OpenBeacons:
    """ZRE beacons that everybody can read and forge: version 3 when there is a key to say, else 1."""

    def encode(self, announcement: Announcement, *, departing: bool) -> bytes:
        """Return one datagram of 22 or 54 octets."""
        port = 0 if departing else announcement.port
        return encode(OpenBeacon(announcement.uuid, port, announcement.public_key))

    def decode(self, datagram: bytes) -> Beacon | Discard:
        """Return the beacon, or why there is none."""
        try:
            beacon = decode(datagram)
        except MalformedBeacon:
            return Discard.MALFORMED if datagram.startswith(PREFIX) else Discard.FOREIGN
        return Beacon(beacon.uuid, beacon.port, beacon.public_key)
