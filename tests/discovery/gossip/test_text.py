from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.beacon import Discard, SealedBeacons
from covey.discovery.gossip.text import OpenTuples, SealedTuples, TupleContent
from covey.discovery.sighting import Announcement
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret
from covey.security.z85 import encode_z85

NODE = UUID("00112233445566778899aabbccddeeff")
KEY = bytes(range(32))


def sealed(mesh: str = "lab") -> SealedTuples:
    return SealedTuples(SealedBeacons(BeaconSealer(Secret(bytes(32)), mesh), 1000), "a1b2")


def test_open_tuples_are_those_of_zyre() -> None:
    key, value = OpenTuples().encode(Announcement(NODE, 4000), "10.0.0.1")
    assert (key, value) == ("00112233445566778899AABBCCDDEEFF", "tcp://10.0.0.1:4000")
    assert OpenTuples().decode(key, value) == TupleContent(NODE, "tcp://10.0.0.1:4000")


def test_open_tuples_may_carry_a_key() -> None:
    key, value = OpenTuples().encode(Announcement(NODE, 4000, KEY), "fd00::1")
    assert value == f"tcp://[fd00::1]:4000|{encode_z85(KEY)}"
    assert OpenTuples().decode(key, value) == TupleContent(NODE, "tcp://[fd00::1]:4000", KEY)


@pytest.mark.parametrize(
    ("key", "value", "verdict"),
    [
        ("inproc-1", "service1", Discard.FOREIGN),
        (NODE.hex, "", Discard.MALFORMED),
        (NODE.hex, "ipc:///tmp/x", Discard.MALFORMED),
        (NODE.hex, "tcp://10.0.0.1:99999", Discard.MALFORMED),
        (NODE.hex, "tcp://10.0.0.1", Discard.MALFORMED),
    ],
)
def test_other_tuples_are_told_apart(key: str, value: str, verdict: Discard) -> None:
    assert OpenTuples().decode(key, value) is verdict


def test_a_key_that_is_none_is_passed_over() -> None:
    assert OpenTuples().decode(NODE.hex, "tcp://h:1|nonsense") == TupleContent(NODE, "tcp://h:1")


def test_sealed_tuples_tell_members_everything_and_strangers_the_host_alone() -> None:
    key, value = sealed().encode(Announcement(NODE, 4000, KEY), "10.0.0.1")
    assert key == "covey-a1b2-0"
    assert value.endswith("|10.0.0.1")
    assert sealed().decode(key, value) == TupleContent(NODE, "tcp://10.0.0.1:4000", KEY, 1000)
    assert sealed("other").decode(key, value) is Discard.FOREIGN
    assert OpenTuples().decode(key, value) is Discard.FOREIGN


def test_a_node_keeps_its_key_and_others_get_their_own() -> None:
    codec = sealed()
    first = codec.encode(Announcement(NODE, 4000, KEY), "h")
    other = codec.encode(Announcement(UUID(int=1), 4000, KEY), "h")
    again = codec.encode(Announcement(NODE, 4000, KEY), "h")
    assert first[0] == again[0] != other[0]
    codec.forget(NODE)
    assert codec.encode(Announcement(NODE, 4000, KEY), "h")[0] not in (first[0], other[0])


@given(st.text(max_size=60), st.text(max_size=200), st.booleans())
@settings(max_examples=200)
def test_garbage_never_raises(key: str, value: str, is_ours: bool) -> None:
    key = f"covey-{key}" if is_ours else NODE.hex
    for codec in (OpenTuples(), sealed()):
        assert isinstance(codec.decode(key, value), TupleContent | Discard)
