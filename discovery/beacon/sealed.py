"""Beacons of a secret mesh: what strangers can neither read nor forge, plugged into the beacon engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from covey.errors import OptionError, ProtocolError
from covey.security.sealed_beacon import SealedBeacon

from ..sighting import Announcement
from .codec import Beacon, Discard

if TYPE_CHECKING:
    from covey.security.beacon_seal import BeaconSealer

__all__ = ["SealedBeacons"]


class SealedBeacons:
    """Seals each datagram anew with a sequence one higher than the last.

    Args:
        sealer: of this secret and mesh.
        first_sequence: the wall clock in microseconds, so that a uuid that is used again goes on above its
            former beacons.
    """

    def __init__(self, sealer: BeaconSealer, first_sequence: int) -> None:
        self._sealer = sealer
        self._sequence = first_sequence

    def encode(self, announcement: Announcement, *, departing: bool) -> bytes:
        """Return one datagram, different each time.

        Raises:
            OptionError: the announcement has no public key.
        """
        if announcement.public_key is None:
            raise OptionError("public_key", "a node of a secret mesh announces one")
        port = 0 if departing else announcement.port
        beacon = SealedBeacon(announcement.uuid, port, announcement.public_key, self._sequence)
        self._sequence += 1
        return self._sealer.seal(beacon.encode())

    def decode(self, datagram: bytes) -> Beacon | Discard:
        """Return the beacon, or that it is not of this mesh."""
        content = self._sealer.open(datagram)
        if content is None:
            return Discard.FOREIGN
        try:
            beacon = SealedBeacon.decode(content)
        except ProtocolError:
            return Discard.MALFORMED
        return Beacon(beacon.uuid, beacon.port, beacon.public_key, beacon.sequence)
