from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import OptionError, ProtocolError
from covey.security.beacon_seal import DATAGRAM_SIZE, BeaconSealer, is_sealed
from covey.security.sealed_beacon import BEACON_SIZE, SealedBeacon
from covey.security.secret import Secret

SECRET = Secret(bytes(range(32)))
SEALER = BeaconSealer(SECRET, "lab")
BEACON = SealedBeacon(uuid4(), 49152, bytes(range(32)), 1_700_000_000_000_000, flags=1)
CONTENT = BEACON.encode()
KNOWN = (
    "43565901000000000000000000000000000000000000000000000000f2ce445dc26ba796a656c734f2526b181700f9f10adb"
    "8f90673c99b0034da4f55fd856fa485877439755d277ed6d62e88927d75a81887acb1619af6581e843d728b029ec010ca0ddd6b7dabdbc579ca4"
)


def test_comes_back_as_it_was() -> None:
    opened = SEALER.open(SEALER.seal(CONTENT))
    assert opened is not None
    assert SealedBeacon.decode(opened) == BEACON


def test_members_agree_whoever_made_the_sealer() -> None:
    assert BeaconSealer(Secret(bytes(range(32))), "lab").open(SEALER.seal(CONTENT)) == CONTENT


@pytest.mark.parametrize("stranger", [BeaconSealer(SECRET, "lab2"), BeaconSealer(Secret.generate(), "lab")])
def test_another_secret_or_mesh_reads_nothing(stranger: BeaconSealer) -> None:
    datagram = SEALER.seal(CONTENT)
    assert stranger.open(datagram) is None
    assert is_sealed(datagram)


def test_a_stranger_sees_one_size_and_noise() -> None:
    first, second = SEALER.seal(CONTENT), SEALER.seal(CONTENT)
    assert len(first) == len(second) == DATAGRAM_SIZE == 108
    assert sum(a == b for a, b in zip(first[4:], second[4:], strict=True)) < 20
    for clear in (BEACON.uuid.bytes, BEACON.public_key, b"lab", (49152).to_bytes(2, "big") + b"\x01"):
        assert clear not in first


def test_is_nothing_to_zyre() -> None:
    assert not SEALER.seal(CONTENT).startswith(b"ZRE")
    assert SEALER.open(b"ZRE\x01" + bytes(18)) is None


def test_the_layout_is_the_documented_one() -> None:
    datagram = BeaconSealer(SECRET, "lab", random=bytes).seal(
        SealedBeacon(UUID(int=1), 5, bytes(32), 2, 3).encode()
    )
    assert datagram.hex() == KNOWN


def test_every_flipped_byte_and_truncation_is_refused() -> None:
    datagram = SEALER.seal(CONTENT)
    for position in range(len(datagram)):
        forged = bytearray(datagram)
        forged[position] ^= 1
        assert SEALER.open(bytes(forged)) is None
        assert SEALER.open(datagram[:position]) is None
    assert SEALER.open(datagram + b"\0") is None


@settings(max_examples=300)
@given(st.binary(max_size=120) | st.binary(min_size=104, max_size=104).map(lambda body: b"CVY\x01" + body))
def test_whatever_arrives_is_refused_quietly(datagram: bytes) -> None:
    assert SEALER.open(datagram) is None


@given(
    st.uuids(),
    st.integers(0, 65535),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**64 - 1),
    st.integers(0, 255),
)
def test_every_beacon_round_trips(uuid: UUID, port: int, key: bytes, sequence: int, flags: int) -> None:
    beacon = SealedBeacon(uuid, port, key, sequence, flags)
    assert SealedBeacon.decode(beacon.encode()) == beacon
    assert beacon.is_departure == (port == 0)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_no_other_size_is_sealed_or_read(size: int) -> None:
    with pytest.raises(OptionError):
        SEALER.seal(bytes(size))
    with pytest.raises(ProtocolError):
        SealedBeacon.decode(bytes(size))


@pytest.mark.parametrize(
    "beacon",
    [
        SealedBeacon(UUID(int=1), 65536, bytes(32), 0),
        SealedBeacon(UUID(int=1), -1, bytes(32), 0),
        SealedBeacon(UUID(int=1), 1, bytes(32), 1 << 64),
        SealedBeacon(UUID(int=1), 1, bytes(32), 0, 256),
        SealedBeacon(UUID(int=1), 1, bytes(31), 0),
    ],
)
def test_a_field_out_of_range_is_refused(beacon: SealedBeacon) -> None:
    with pytest.raises(OptionError):
        beacon.encode()


def test_reserved_bytes_are_ignored() -> None:
    assert SealedBeacon.decode(CONTENT[:-5] + b"later") == BEACON
    assert len(CONTENT) == BEACON_SIZE
