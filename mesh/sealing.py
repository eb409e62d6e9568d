"""What a protected mesh's announcements are sealed with, for every medium."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from covey.discovery.announce.seal import MemberSealing
    from covey.discovery.announce.seal import Sealing as AnnouncementSeal
    from covey.discovery.beacon.codec import Beacon, Discard
    from covey.discovery.beacon.codec_protocol import BeaconCodec
    from covey.discovery.etcd.records import RecordCodec
    from covey.discovery.sighting import Announcement
    from covey.discovery.tipc.names import MeshNames
    from covey.security.secret import Secret
    from covey.security.trust.signed_seal import SignedSealer

    from .key_trust import KeyTrust

__all__ = ["LateBeacons", "Sealing", "SecretSealing", "SignedSealing"]

_TAG_SIZE = 16
_NAME_SIZE = 16


class Sealing(Protocol):
    """Makes codecs; each medium has its own, whose sequence begins at the wall clock in microseconds."""

    def beacons(self) -> BeaconCodec:
        """Return a codec for datagrams, mDNS, gossip and introductions."""
        ...

    def announcements(self) -> AnnouncementSeal | MemberSealing:
        """Return what seals announcements."""
        ...

    def records(self) -> RecordCodec:
        """Return a codec for records in a store."""
        ...

    def tipc_names(self) -> MeshNames:
        """Return the names of the mesh's services in a TIPC cluster."""
        ...


class SecretSealing:
    """Seals made of a secret that all members know."""

    def __init__(self, secret: Secret, mesh: str) -> None:
        self._secret = secret
        self._mesh = mesh

    def beacons(self) -> BeaconCodec:
        """Return sealed beacons."""
        from covey.discovery.beacon.sealed import SealedBeacons
        from covey.security.beacon_seal import BeaconSealer

        return SealedBeacons(BeaconSealer(self._secret, self._mesh), _now())

    def announcements(self) -> AnnouncementSeal:
        """Return the seal of a secret mesh."""
        from covey.security.announcement_seal import AnnouncementSealer

        return AnnouncementSealer(self._secret, self._mesh)

    def records(self) -> RecordCodec:
        """Return sealed records."""
        from covey.discovery.etcd.records import SealedRecords
        from covey.security.record_seal import RecordSealer

        sealer = RecordSealer(self._secret, self._mesh, "etcd")
        tag = self._secret.derive("etcd tag", self._mesh)[:_TAG_SIZE]
        return SealedRecords(sealer, tag, os.urandom(_NAME_SIZE), _now())

    def tipc_names(self) -> MeshNames:
        """Return names that strangers cannot guess."""
        from covey.discovery.tipc.names import MeshNames

        return MeshNames.of(self._mesh, self._secret)


class SignedSealing:
    """Seals of a member with a lasting key, who signs as well.

    Args:
        sealer: ours.
        mesh: the mesh's name.
        secret: handed out by the authority; None where keys are pinned: names of places are then made of the
            mesh's name alone.
        trust: knows the members.
    """

    def __init__(self, sealer: SignedSealer, mesh: str, secret: Secret | None, trust: KeyTrust) -> None:
        self._keys = trust.keys
        self._sealing = trust.sealing_keys
        self._papers = trust
        self._sealer = sealer
        self._mesh = mesh
        self._secret = secret

    def beacons(self) -> BeaconCodec:
        """Return signed and sealed beacons."""
        from covey.discovery.beacon.signed import SignedBeacons

        return SignedBeacons(self._sealer, _now())

    def announcements(self) -> MemberSealing:
        """Return the seal of members with lasting keys."""
        from covey.security.trust.member_announcements import MemberAnnouncements

        return MemberAnnouncements(self._keys, self._sealing, self._sealer, self._papers)

    def records(self) -> RecordCodec:
        """Return signed and sealed records."""
        from covey.discovery.etcd.signed import SignedRecords

        if self._secret is not None:
            tag = self._secret.derive("etcd tag", self._mesh)
        else:
            from hashlib import sha256

            tag = sha256(b"covey etcd\0" + self._mesh.encode("utf-8", "surrogatepass")).digest()
        return SignedRecords(self._sealer, tag[:_TAG_SIZE], os.urandom(_NAME_SIZE), _now())

    def tipc_names(self) -> MeshNames:
        """Return names that strangers cannot guess, or those of the mesh's name."""
        from covey.discovery.tipc.names import MeshNames

        return MeshNames.of(self._mesh, self._secret)


class LateBeacons:
    """A `BeaconCodec` that is made for the first beacon: who announces itself otherwise sends none for a while.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], BeaconCodec]) -> None:
        self._make = make
        self._made: BeaconCodec | None = None

    @property
    def _codec(self) -> BeaconCodec:
        if self._made is None:
            self._made = self._make()
        return self._made

    def encode(self, announcement: Announcement, *, departing: bool) -> bytes:
        """Return one datagram, different each time.

        Raises:
            OptionError: the announcement has no public key.
        """
        return self._codec.encode(announcement, departing=departing)

    def decode(self, datagram: bytes) -> Beacon | Discard:
        """Return the beacon, or that it is not of this mesh."""
        return self._codec.decode(datagram)


def _now() -> int:
    return time.time_ns() // 1000
