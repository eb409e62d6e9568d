"""Beacons of members with lasting keys: sealed like those of a secret mesh, and signed by their sender.

A signature that is wrong makes a beacon foreign. One that cannot be checked yet, because the sender's
certificate was not seen, leads to a connection, where it must be shown; so does what another member tells of
somebody (gossip hubs are told of others). But a goodbye is believed only with the sender's own signature, a node id
only if it belongs to the key, and what is not proven counts as older than everything that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from covey.errors import OptionError, ProtocolError
from covey.security.sealed_beacon import SealedBeacon
from covey.security.trust.node_ids import belongs_to

from ..sighting import Announcement
from .codec import Beacon, Discard

if TYPE_CHECKING:
    from covey.security.trust.signed_seal import SignedSealer

__all__ = ["SignedBeacons"]


class SignedBeacons:
    """Signs and seals each datagram anew with a sequence one higher than the last.

    Args:
        sealer: ours.
        first_sequence: the wall clock in microseconds.
    """

    def __init__(self, sealer: SignedSealer, first_sequence: int) -> None:
        self._sealer = sealer
        self._sequence = first_sequence
        self._unproven = 0

    def encode(self, announcement: Announcement, *, departing: bool) -> bytes:
        """Return one datagram, different each time.

        Raises:
            OptionError: the announcement has no public key.
        """
        if announcement.public_key is None:
            raise OptionError("public_key", "a node of a protected mesh announces one")
        port = 0 if departing else announcement.port
        beacon = SealedBeacon(announcement.uuid, port, announcement.public_key, self._sequence)
        self._sequence += 1
        return self._sealer.seal(beacon.encode())

    def decode(self, datagram: bytes) -> Beacon | Discard:
        """Return the beacon, or why there is none."""
        opened = self._sealer.open_from(datagram)
        if opened is None:
            return Discard.FOREIGN
        try:
            beacon = SealedBeacon.decode(opened.body)
        except ProtocolError:
            return Discard.MALFORMED
        is_proven = opened.sender == beacon.public_key
        if not belongs_to(beacon.uuid, beacon.public_key):
            return Discard.MALFORMED
        if is_proven:
            return Beacon(beacon.uuid, beacon.port, beacon.public_key, beacon.sequence)
        if beacon.is_departure:
            return Discard.FOREIGN
        # Rising, for a node may be told of again; and below every real sequence, which begins at a wall clock.
        self._unproven += 1
        return Beacon(beacon.uuid, beacon.port, beacon.public_key, self._unproven)
