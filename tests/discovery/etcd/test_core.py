from __future__ import annotations

import json
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.beacon.codec import Discard
from covey.discovery.etcd.constants import REPEAT
from covey.discovery.etcd.core import EtcdCore, EtcdStatistics
from covey.discovery.etcd.records import OpenRecords, SealedRecords
from covey.discovery.etcd.wire import Change, Entry
from covey.discovery.sighting import Announcement
from covey.security.record_seal import RecordSealer
from covey.security.secret import Secret

OWN = Announcement(UUID(int=1), 4000, bytes(32))


def core(**options: int) -> EtcdCore:
    return EtcdCore(OWN, OpenRecords("lab"), **options)


def entry(uuid: UUID, endpoint: str | None = "tcp://10.0.0.1:1") -> Entry:
    value = json.dumps({"uuid": uuid.hex, "endpoint": endpoint}).encode()
    return Entry(f"/covey/1/open/lab/{uuid.hex}".encode(), value)


def counters(one: EtcdCore) -> EtcdStatistics:
    return one.statistics(registered=True, following=True, sessions=1)


def sealed(name: bytes = b"a", sequence: int = 1) -> SealedRecords:
    secret = Secret(bytes(32))
    return SealedRecords(RecordSealer(secret, "lab", "etcd"), b"tag", name, sequence)


def test_a_record_is_a_sighting_and_ours_is_none() -> None:
    one, uuid = core(), uuid4()
    (sighting,) = one.replace_all([entry(OWN.uuid), entry(uuid)], 0.0)
    assert (sighting.uuid, sighting.endpoint, sighting.via) == (uuid, "tcp://10.0.0.1:1", "etcd")


def test_a_goodbye_is_a_departure_and_a_record_that_ran_out_is_none() -> None:
    one, first, second = core(), uuid4(), uuid4()
    one.replace_all([entry(first), entry(second)], 0.0)
    goodbye = entry(first, None)
    (sighting,) = one.apply(Change(goodbye.key, goodbye.value), 1.0)
    assert sighting.is_departure
    assert one.apply(Change(goodbye.key, None), 1.0) == one.apply(Change(entry(second).key, None), 1.0) == []
    assert (counters(one).records, counters(one).lost) == (0, 1)


def test_what_stands_is_repeated() -> None:
    one, uuid = core(), uuid4()
    one.replace_all([entry(uuid)], 5.0)
    assert one.next_timeout() == 5.0 + REPEAT
    assert one.handle_timeout(5.0) == []
    assert [each.uuid for each in one.handle_timeout(5.0 + REPEAT)] == [uuid]
    assert one.next_timeout() == 5.0 + 2 * REPEAT


def test_what_vanished_while_the_store_was_away_is_forgotten() -> None:
    one, uuid = core(), uuid4()
    one.replace_all([entry(uuid), entry(uuid4())], 0.0)
    one.replace_all([entry(uuid)], 9.0)
    assert (counters(one).records, counters(one).lost) == (1, 1)


def test_invented_nodes_find_an_end() -> None:
    one = core(limit=10)
    heard = one.replace_all((entry(UUID(int=number + 2)) for number in range(1000)), 0.0)
    assert len(heard) == counters(one).records == 10
    assert counters(one).overflow == 990


def test_a_sealed_record_comes_back_and_is_bound_to_its_place_and_mesh() -> None:
    codec = sealed()
    key = codec.key_of(OWN)
    value = codec.encode(OWN, "fd00::1")
    record = codec.decode(key, value)
    assert not isinstance(record, Discard)
    assert (record.uuid, record.endpoint, record.sequence) == (OWN.uuid, "tcp://[fd00::1]:4000", 1)
    assert codec.decode(sealed(b"b").key_of(OWN), value) is Discard.FOREIGN
    goodbye = codec.decode(key, codec.encode(OWN, ""))
    assert not isinstance(goodbye, Discard)
    assert goodbye.endpoint is None
    assert len(value) == len(codec.encode(OWN, ""))


def test_a_sealed_record_that_was_put_back_later_is_old() -> None:
    codec, uuid = sealed(), uuid4()
    other = Announcement(uuid, 1, bytes(32))
    one = EtcdCore(OWN, codec)
    told: list[bool] = []
    one.stale = lambda: told.append(True)
    key = codec.key_of(other)
    old, new = codec.encode(other, "10.0.0.1"), codec.encode(other, "")
    assert len(one.apply(Change(key, old), 0.0)) == len(one.apply(Change(key, new), 0.0)) == 1
    assert told == []
    assert one.apply(Change(key, old), 0.0) == []
    assert (counters(one).replayed, told) == (1, [True])


def test_a_mesh_with_a_slash_stays_within_its_prefix() -> None:
    assert OpenRecords("a/b").prefix.count(b"/") == OpenRecords("a").prefix.count(b"/")


@settings(max_examples=300)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b'{"uuid": ', b"CVR\x01", b'{"endpoint": 7, "uuid": []}'])
)
def test_no_value_escapes(value: bytes, start: bytes) -> None:
    for codec in (OpenRecords("lab"), sealed()):
        assert isinstance(codec.decode(codec.key_of(OWN), start + value), Discard)
