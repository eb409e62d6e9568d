from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.beacon import Beacon, BeaconSettings, Discard, OpenBeacons
from covey.discovery.beacon.core import BeaconCore
from covey.discovery.beacon.sealed import SealedBeacons
from covey.discovery.interface_table import Flag, Interface
from covey.discovery.sighting import Announcement, Sighting
from covey.errors import OptionError
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret

ETH0 = Interface("eth0", 2, Flag.UP | Flag.BROADCAST, 1, 4, "10.0.0.1", 24)
SECRET = Secret(bytes(range(32)))
ME, YOU = UUID(int=1), UUID(int=2)
MY_KEY, YOUR_KEY = bytes([1]) * 32, bytes([2]) * 32
MINE, YOURS = Announcement(ME, 4000, MY_KEY), Announcement(YOU, 5000, YOUR_KEY)


def sealed(mesh: str = "lab", secret: Secret = SECRET, first: int = 1_000_000) -> SealedBeacons:
    return SealedBeacons(BeaconSealer(secret, mesh), first)


def member() -> BeaconCore:
    core = BeaconCore(MINE, sealed(), BeaconSettings(burst=()))
    core.start([ETH0], 0.0)
    core.datagrams_to_send()
    return core


def hear(core: BeaconCore, datagram: bytes, source: str = "10.0.0.2") -> Sighting | None:
    return core.receive_datagram(datagram, source, "eth0", 0.5)


def test_members_read_each_other() -> None:
    sighting = hear(member(), sealed().encode(YOURS, departing=False))
    assert sighting == Sighting(
        YOU, "beacon", "tcp://10.0.0.2:5000", YOUR_KEY, interface="eth0", source="10.0.0.2"
    )


def test_the_sequence_rises_with_each_datagram() -> None:
    codec = sealed(first=77)
    beacons = [codec.decode(codec.encode(MINE, departing=flag)) for flag in (False, False, True)]
    assert beacons == [
        Beacon(ME, 4000, MY_KEY, 77),
        Beacon(ME, 4000, MY_KEY, 78),
        Beacon(ME, 0, MY_KEY, 79),
    ]


def test_a_datagram_shows_neither_node_nor_key_nor_port() -> None:
    datagram = sealed().encode(YOURS, departing=False)
    for clear in (YOU.bytes, YOUR_KEY, (5000).to_bytes(2, "big") * 2, b"lab", b"ZRE"):
        assert clear not in datagram


@pytest.mark.parametrize("stranger", [sealed("other"), sealed(secret=Secret(bytes(32))), OpenBeacons()])
def test_other_meshes_secrets_and_open_nodes_are_not_seen(stranger: SealedBeacons | OpenBeacons) -> None:
    core = member()
    assert hear(core, stranger.encode(YOURS, departing=False)) is None
    assert (core.statistics().foreign, core.statistics().known) == (1, 0)
    assert core.next_timeout() == 1.0


def test_open_nodes_do_not_see_sealed_ones() -> None:
    assert OpenBeacons().decode(sealed().encode(YOURS, departing=False)) is Discard.FOREIGN


def test_a_recorded_beacon_played_back_from_elsewhere_means_nothing() -> None:
    core = member()
    recorded = sealed().encode(YOURS, departing=False)
    assert hear(core, recorded) is not None
    assert hear(core, recorded, source="10.6.6.6") is None
    assert core.statistics().replayed == 1


def test_a_recorded_goodbye_played_back_means_nothing() -> None:
    core, yours = member(), sealed()
    goodbye = yours.encode(YOURS, departing=True)
    hear(core, goodbye)
    assert hear(core, yours.encode(YOURS, departing=False)) is not None
    assert hear(core, goodbye) is None
    assert core.statistics().known == 1


def test_an_own_beacon_played_back_means_nothing() -> None:
    core = BeaconCore(MINE, sealed())
    core.start([ETH0], 0.0)
    [(_, own)] = core.datagrams_to_send()
    assert hear(core, own, source="10.6.6.6") is None
    assert core.statistics().own == 1


def test_a_secret_mesh_needs_a_public_key() -> None:
    with pytest.raises(OptionError, match="public_key"):
        sealed().encode(Announcement(ME, 4000), departing=False)


@given(st.binary(max_size=120), st.integers(0, 107), st.integers(1, 255))
@settings(max_examples=100)
def test_garbage_and_flipped_bytes_are_foreign(garbage: bytes, position: int, flip: int) -> None:
    codec = sealed()
    assert codec.decode(garbage) is Discard.FOREIGN
    datagram = bytearray(codec.encode(YOURS, departing=False))
    datagram[position] ^= flip
    assert codec.decode(bytes(datagram)) is Discard.FOREIGN
