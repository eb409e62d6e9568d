"""What members with lasting keys believe of records on every medium: what is signed by whom it tells of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from covey.discovery.beacon import Discard
from covey.discovery.beacon.sealed import SealedBeacons
from covey.discovery.beacon.signed import SignedBeacons
from covey.discovery.etcd.core import EtcdCore
from covey.discovery.etcd.records import SealedRecords
from covey.discovery.etcd.signed import SignedRecords
from covey.discovery.etcd.wire import Change
from covey.discovery.gossip.text import SealedTuples
from covey.discovery.mdns.text import SealedText
from covey.discovery.sighting import Announcement
from covey.security.beacon_seal import BeaconSealer
from covey.security.record_seal import RecordSealer
from covey.security.secret import Secret
from covey.security.trust.signed_seal import SignedSealer
from tests.discovery.beacon.test_signed import ALICE, BOB, EVE, announcement, pin, sealer

Medium = Callable[[SignedSealer | None, SignedSealer, Announcement, int], Any]
"""Writes what a member says, from a sequence on (no writer: unsigned), and returns what a reader makes of it."""

SECRET = Secret(bytes(32))
KNOWN = sealer(ALICE, pin(BOB), pin(EVE))
"""Who listens: she knows Bob's and Eve's signatures."""
CANNOT_CHECK = sealer(ALICE, pin(BOB, signs=False))
"""She knows Bob's key, but not yet how he signs."""


def by_mdns(writer: SignedSealer | None, reader: SignedSealer, said: Announcement, sequence: int) -> object:
    properties = SealedText(_beacons(writer, sequence)).encode(said)[1]
    return SealedText(SignedBeacons(reader, 1)).decode(0, properties)


def by_gossip(writer: SignedSealer | None, reader: SignedSealer, said: Announcement, sequence: int) -> object:
    key, value = SealedTuples(_beacons(writer, sequence), "tag").encode(said, "10.0.0.1")
    return SealedTuples(SignedBeacons(reader, 1), "own").decode(key, value)


def by_etcd(writer: SignedSealer | None, reader: SignedSealer, said: Announcement, sequence: int) -> object:
    codec = _records(writer, sequence)
    return _records(reader, 1).decode(codec.key_of(said), codec.encode(said, "10.0.0.1"))


def _beacons(writer: SignedSealer | None, sequence: int) -> SignedBeacons | SealedBeacons:
    if writer is None:
        return SealedBeacons(BeaconSealer(SECRET, "lab"), sequence)
    return SignedBeacons(writer, sequence)


def _records(writer: SignedSealer | None, sequence: int) -> SealedRecords:
    if writer is None:
        return SealedRecords(RecordSealer(SECRET, "lab", "etcd"), bytes(16), b"name", sequence)
    return SignedRecords(writer, bytes(16), b"name", sequence)


every_medium = pytest.mark.parametrize("medium", [by_mdns, by_gossip, by_etcd])


@every_medium
def test_a_member_speaks_for_itself_alone(medium: Medium) -> None:
    said = announcement(BOB)
    heard = medium(sealer(BOB), KNOWN, said, 7)
    assert (heard.uuid, heard.public_key, heard.sequence) == (said.uuid, BOB.public_bytes, 7)
    # Eve knows what Bob's announcements are sealed with, as everybody does who pinned him.
    assert medium(sealer(EVE, as_if=BOB), KNOWN, said, 9) is Discard.FOREIGN


@every_medium
def test_what_is_sealed_without_a_signature_or_by_strangers_is_foreign(medium: Medium) -> None:
    assert medium(None, KNOWN, announcement(BOB), 9) is Discard.FOREIGN
    assert medium(sealer(EVE), sealer(ALICE, pin(BOB)), announcement(EVE), 9) is Discard.FOREIGN


@every_medium
def test_a_node_id_belongs_to_the_key(medium: Medium) -> None:
    stolen = Announcement(announcement(ALICE).uuid, 4000, BOB.public_bytes)
    assert medium(sealer(BOB), KNOWN, stolen, 9) is Discard.MALFORMED


@every_medium
def test_what_cannot_be_checked_yet_leads_to_a_connection_and_takes_no_sequence(medium: Medium) -> None:
    heard = medium(sealer(BOB), CANNOT_CHECK, announcement(BOB), 1 << 60)
    assert (heard.uuid, heard.sequence) == (announcement(BOB).uuid, 1)


def test_in_a_store_nobody_says_goodbye_for_another_or_outdoes_what_it_will_say() -> None:
    said = announcement(BOB)
    codec = _records(sealer(BOB), 7)
    key = codec.key_of(said)
    one = EtcdCore(Announcement(UUID(int=1), 1, ALICE.public_bytes), _records(CANNOT_CHECK, 1))
    assert len(one.apply(Change(key, _records(sealer(BOB), 1 << 60).encode(said, "10.0.0.1")), 0.0)) == 1
    assert one.apply(Change(key, codec.encode(said, "")), 0.0) == []
    counted = one.statistics(registered=True, following=True, sessions=1)
    assert (counted.foreign, counted.records) == (1, 1)
    proven = EtcdCore(Announcement(UUID(int=1), 1, ALICE.public_bytes), _records(KNOWN, 1))
    (goodbye,) = proven.apply(Change(key, codec.encode(said, "")), 0.0)
    assert goodbye.is_departure
