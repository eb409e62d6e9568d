"""Signed announcements on the media whose records have their own form."""

from __future__ import annotations

from covey.discovery.beacon import Beacon, Discard
from covey.discovery.beacon.signed import SignedBeacons
from covey.discovery.etcd.records import Record, SealedRecords
from covey.discovery.gossip import SealedTuples
from covey.discovery.gossip.text import TupleContent
from covey.discovery.mdns import SealedText
from tests.discovery.beacon.test_signed import ALICE, BOB, EVE, announcement, pin, sealer


def test_mdns_carries_them() -> None:
    said = announcement(BOB)
    port, properties = SealedText(SignedBeacons(sealer(BOB), 5)).encode(said)
    assert port == 0
    assert all(len(key) + 1 + len(value) <= 255 for key, value in properties.items())
    heard = SealedText(SignedBeacons(sealer(ALICE, pin(BOB)), 1)).decode(port, properties)
    assert heard == Beacon(said.uuid, said.port, BOB.public_bytes, 5)
    assert SealedText(SignedBeacons(sealer(EVE), 1)).decode(port, properties) is Discard.FOREIGN


def test_records_in_a_store_carry_them() -> None:
    said, tag = announcement(BOB), bytes(16)
    writes = SealedRecords(sealer(BOB), tag, b"n" * 16, 5)
    reads = SealedRecords(sealer(ALICE, pin(BOB)), tag, b"m" * 16, 1)
    key, value = writes.key_of(said), writes.encode(said, "10.0.0.1")
    assert reads.decode(key, value) == Record(said.uuid, "tcp://10.0.0.1:4000", BOB.public_bytes, 5)
    assert reads.decode(key[:-1] + b"x", value) is Discard.FOREIGN
    stranger = SealedRecords(sealer(EVE), tag, b"m" * 16, 1)
    assert stranger.decode(key, value) is Discard.FOREIGN


def test_gossip_carries_them_and_introductions() -> None:
    for says in (BOB, EVE):
        writes = SealedTuples(SignedBeacons(sealer(says), 5000), "ab" * 8)
        reads = SealedTuples(SignedBeacons(sealer(ALICE, pin(BOB), pin(EVE)), 1), "cd" * 8)
        heard = reads.decode(*writes.encode(announcement(BOB), "10.0.0.1"))
        assert isinstance(heard, TupleContent)
        assert (heard.public_key, heard.endpoint) == (BOB.public_bytes, "tcp://10.0.0.1:4000")
        assert heard.sequence == (5000 if says is BOB else 1)
