from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.beacon import Beacon, Discard, SealedBeacons
from covey.discovery.mdns.text import OpenText, SealedText
from covey.discovery.sighting import Announcement
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret

NODE = UUID("00112233445566778899aabbccddeeff")
KEY = bytes(range(32))
OPEN, SEALED = Announcement(NODE, 4000), Announcement(NODE, 4000, KEY)


def sealed(mesh: str = "lab") -> SealedText:
    return SealedText(SealedBeacons(BeaconSealer(Secret(bytes(32)), mesh), 1000))


def test_open_records_say_node_and_mesh() -> None:
    port, properties = OpenText("lab").encode(OPEN)
    assert port == 4000
    assert properties == {"txtvers": b"1", "uuid": b"00112233445566778899aabbccddeeff", "mesh": b"lab"}
    assert OpenText("lab").decode(port, properties) == Beacon(NODE, 4000)


def test_other_meshes_and_other_programs_are_foreign() -> None:
    record = OpenText("lab").encode(OPEN)
    assert OpenText("other").decode(*record) is Discard.FOREIGN
    assert OpenText().decode(*record) is Discard.FOREIGN
    assert OpenText().decode(80, {"path": b"/"}) is Discard.FOREIGN
    assert OpenText("lab").decode(0, record[1]) is Discard.MALFORMED
    assert OpenText().decode(80, {"uuid": b"\xff"}) is Discard.MALFORMED


def test_sealed_records_tell_members_everything_and_strangers_nothing() -> None:
    port, properties = sealed().encode(SEALED)
    assert port == 0
    assert properties.keys() == {"txtvers", "sealed"}
    assert NODE.hex.encode() not in properties["sealed"]
    assert len(properties["sealed"]) == 144
    assert sealed().decode(port, properties) == Beacon(NODE, 4000, KEY, 1000)
    assert sealed("other").decode(port, properties) is Discard.FOREIGN
    assert OpenText().decode(port, properties) is Discard.FOREIGN


def test_open_records_are_foreign_in_a_secret_mesh() -> None:
    assert sealed().decode(*OpenText().encode(OPEN)) is Discard.FOREIGN


def test_a_sealed_goodbye_in_a_record_is_malformed() -> None:
    beacons = SealedBeacons(BeaconSealer(Secret(bytes(32)), "lab"), 1)
    import base64

    goodbye = base64.b64encode(beacons.encode(SEALED, departing=True))
    assert sealed().decode(0, {"sealed": goodbye}) is Discard.MALFORMED


@given(
    st.integers(0, 65535),
    st.dictionaries(st.sampled_from(["uuid", "sealed", "mesh", "x"]), st.binary(max_size=160), max_size=4),
)
@settings(max_examples=200)
def test_garbage_is_never_a_beacon_that_raises(port: int, properties: dict[str, bytes]) -> None:
    for codec in (OpenText(), OpenText("lab"), sealed()):
        assert isinstance(codec.decode(port, properties), Beacon | Discard)
