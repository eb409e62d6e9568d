"""Signed beacons: who may say what for whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.discovery.beacon import Beacon, BeaconSettings, Discard
from covey.discovery.beacon.core import BeaconCore
from covey.discovery.beacon.signed import SignedBeacons
from covey.discovery.sighting import Announcement
from covey.errors import OptionError
from covey.security.curve.keys import CurveKeys
from covey.security.sealed_beacon import SealedBeacon
from covey.security.trust.node_ids import belongs_to, make_id
from covey.security.trust.pinned import Pin, PinKeys
from covey.security.trust.signed_seal import SignedSealer, short_id
from covey.security.trust.signing import Signer
from tests.discovery.beacon.test_sealed import ETH0
from tests.security.trust.helpers import keys_of

ALICE, BOB, EVE = keys_of(1), keys_of(2), keys_of(3)


def pin(keys: CurveKeys, *, signs: bool = True) -> Pin:
    return Pin(keys.public_bytes, "n", Signer.of_member(keys).public_bytes if signs else None, "")


def sealer(keys: CurveKeys, *pinned: Pin, as_if: CurveKeys | None = None) -> SignedSealer:
    """Return what a member seals with; `as_if` seals with another's key, which everybody has who pinned it."""
    pins = PinKeys(as_if or keys, "lab")
    pins.use({one.public_key: one for one in pinned})
    return SignedSealer(pins, Signer.of_member(keys), short_id((as_if or keys).public_bytes))


def announcement(keys: CurveKeys, number: int = 0) -> Announcement:
    return Announcement(make_id(keys.public_bytes, bytes((number,)) * 9), 4000, keys.public_bytes)


def hearer() -> SignedBeacons:
    return SignedBeacons(sealer(ALICE, pin(BOB), pin(EVE)), 1)


def test_those_who_pinned_a_member_hear_it_and_nobody_else() -> None:
    said = announcement(BOB)
    datagram = SignedBeacons(sealer(BOB), 7).encode(said, departing=False)
    assert len(datagram) == 180
    assert hearer().decode(datagram) == Beacon(said.uuid, 4000, BOB.public_bytes, 7)
    stranger = SignedBeacons(sealer(EVE, pin(ALICE)), 1)
    assert stranger.decode(datagram) is Discard.FOREIGN
    assert said.uuid.bytes not in datagram
    assert BOB.public_bytes not in datagram


def test_members_cannot_speak_for_each_other() -> None:
    for departing in (False, True):
        forged = SignedBeacons(sealer(EVE, as_if=BOB), 9).encode(announcement(BOB), departing=departing)
        assert hearer().decode(forged) is Discard.FOREIGN
    introduced = SignedBeacons(sealer(EVE), 1 << 60).encode(announcement(BOB), departing=False)
    heard = hearer().decode(introduced)
    assert isinstance(heard, Beacon)
    assert heard.sequence == 1
    dismissed = SignedBeacons(sealer(EVE), 1 << 60).encode(announcement(BOB), departing=True)
    assert hearer().decode(dismissed) is Discard.FOREIGN
    stolen_id = Announcement(announcement(BOB).uuid, 4000, EVE.public_bytes)
    assert (
        hearer().decode(SignedBeacons(sealer(EVE), 9).encode(stolen_id, departing=False)) is Discard.MALFORMED
    )


def test_what_cannot_be_checked_is_worth_a_connection_but_no_goodbye() -> None:
    hears = SignedBeacons(sealer(ALICE, pin(BOB, signs=False)), 1)
    bob = SignedBeacons(sealer(BOB), 5)
    assert isinstance(hears.decode(bob.encode(announcement(BOB), departing=False)), Beacon)
    assert hears.decode(bob.encode(announcement(BOB), departing=True)) is Discard.FOREIGN


def test_a_recorded_goodbye_is_old() -> None:
    core = BeaconCore(announcement(ALICE), hearer(), BeaconSettings(burst=()))
    core.start([ETH0], 0.0)
    bob = SignedBeacons(sealer(BOB), 100)
    goodbye = bob.encode(announcement(BOB), departing=True)
    for _ in range(20):
        heard = core.receive_datagram(bob.encode(announcement(BOB), departing=False), "10.0.0.2", "eth0", 0.5)
        assert heard is not None
    assert core.receive_datagram(goodbye, "10.0.0.9", "eth0", 0.6) is None
    assert core.statistics().replayed == core.stale == 1


def test_ids_belong_to_keys() -> None:
    uuid = make_id(BOB.public_bytes, b"123456789")
    assert belongs_to(uuid, BOB.public_bytes)
    assert not belongs_to(uuid, EVE.public_bytes)
    assert uuid.version == 8
    assert make_id(BOB.public_bytes, b"987654321") != uuid


def test_an_announcement_needs_a_key() -> None:
    with pytest.raises(OptionError, match="public_key"):
        hearer().encode(Announcement(announcement(BOB).uuid, 1), departing=False)


def test_another_size_inside_is_malformed() -> None:
    body = SealedBeacon(announcement(BOB).uuid, 1, BOB.public_bytes, 1).encode()
    assert hearer().decode(sealer(BOB).seal(body + b"x")) is Discard.MALFORMED


@given(st.binary(max_size=400), st.integers(0, 179))
def test_noise_and_damage_are_foreign(noise: bytes, at: int) -> None:
    hears = hearer()
    assert hears.decode(noise) is Discard.FOREIGN
    assert hears.decode(b"CVS\x01" + noise) is Discard.FOREIGN
    datagram = SignedBeacons(sealer(BOB), 7).encode(announcement(BOB), departing=False)
    damaged = datagram[:at] + bytes((datagram[at] ^ 1,)) + datagram[at + 1 :]
    assert hears.decode(damaged) is Discard.FOREIGN
