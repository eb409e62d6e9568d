"""What a datagram means, and the beacons that everybody can read."""

from __future__ import annotations

import enum
from uuid import UUID

from covey.values import frozen

from ..sighting import Announcement
from .constants import PREFIX
from .wire import MalformedBeacon, OpenBeacon, decode, encode

__all__ = ["Beacon", "Discard", "OpenBeacons"]


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
