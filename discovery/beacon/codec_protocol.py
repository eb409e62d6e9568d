"""The seam between the beacon engine and open or sealed beacons."""

from __future__ import annotations

from typing import Protocol

from ..sighting import Announcement
from .codec import Beacon, Discard

__all__ = ["BeaconCodec"]


class BeaconCodec(Protocol):
    """Turns announcements into datagrams and back."""

    def encode(self, announcement: Announcement, *, departing: bool) -> bytes:
        """Return one datagram; a sealed one is different each time."""
        ...

    def decode(self, datagram: bytes) -> Beacon | Discard:
        """Return the beacon, or why there is none. Never raises."""
        ...
