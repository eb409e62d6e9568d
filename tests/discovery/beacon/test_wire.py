from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.beacon.codec import MalformedBeacon, OpenBeacon, decode, encode

UUID_A = UUID("00112233445566778899aabbccddeeff")
KEYS = st.binary(min_size=32, max_size=32).filter(any)


def test_version_1_matches_the_specification() -> None:
    datagram = encode(OpenBeacon(UUID_A, 49152))
    assert datagram.hex() == "5a5245" + "01" + "00112233445566778899aabbccddeeff" + "c000"


def test_version_3_carries_the_key() -> None:
    datagram = encode(OpenBeacon(UUID_A, 1, bytes(range(32))))
    assert len(datagram) == 54
    assert datagram[3] == 3
    assert datagram[22:] == bytes(range(32))


@given(uuid=st.uuids(), port=st.integers(0, 65535), key=st.none() | KEYS)
@settings(max_examples=200)
def test_decodes_what_it_encodes(uuid: UUID, port: int, key: bytes | None) -> None:
    beacon = OpenBeacon(uuid, port, key)
    assert decode(encode(beacon)) == beacon


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda rest: b"ZRE" + rest))
@settings(max_examples=300)
def test_garbage_raises_nothing_but_malformed_beacon(datagram: bytes) -> None:
    try:
        beacon = decode(datagram)
    except MalformedBeacon:
        return
    assert encode(beacon) == datagram


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"ZRE",
        encode(OpenBeacon(UUID_A, 1))[:-1],
        encode(OpenBeacon(UUID_A, 1)) + b"x",
        b"ZRE\x02" + bytes(18),
        b"ZRE\x03" + bytes(18),
        b"ZRE\x01" + bytes(50),
        b"XRE\x01" + bytes(18),
        b"ZRE\x03" + UUID_A.bytes + b"\x00\x01" + bytes(32),
    ],
)
def test_refuses_wrong_versions_lengths_and_empty_keys(datagram: bytes) -> None:
    with pytest.raises(MalformedBeacon):
        decode(datagram)
