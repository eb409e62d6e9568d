from __future__ import annotations

from uuid import UUID

from covey.discovery.beacon.codec import Beacon, Discard, OpenBeacons
from covey.discovery.sighting import Announcement

NODE = UUID(int=1)
KEY = bytes(range(32))


def test_announces_without_key_in_version_1() -> None:
    codec = OpenBeacons()
    datagram = codec.encode(Announcement(NODE, 4000), departing=False)
    assert (len(datagram), datagram[3]) == (22, 1)
    assert codec.decode(datagram) == Beacon(NODE, 4000)


def test_announces_a_key_in_version_3() -> None:
    codec = OpenBeacons()
    datagram = codec.encode(Announcement(NODE, 4000, KEY), departing=False)
    assert codec.decode(datagram) == Beacon(NODE, 4000, KEY)


def test_goodbye_has_port_zero() -> None:
    codec = OpenBeacons()
    assert codec.decode(codec.encode(Announcement(NODE, 4000), departing=True)) == Beacon(NODE, 0)


def test_tells_broken_beacons_from_foreign_datagrams() -> None:
    codec = OpenBeacons()
    assert codec.decode(b"ZRE\x07") is Discard.MALFORMED
    assert codec.decode(b"something else") is Discard.FOREIGN
