"""What strangers can do with announcements of a secret mesh: nothing."""

from __future__ import annotations

import pytest

from covey.discovery.announce.constants import LONGEST_BODY
from covey.security.announcement_seal import AnnouncementSealer, is_sealed_announcement
from covey.security.secret import Secret

SECRET = Secret(bytes(range(32)))


@pytest.mark.parametrize("size", [0, 1, 253, 254, 255, LONGEST_BODY])
def test_a_body_survives_in_a_datagram_of_few_sizes(size: int) -> None:
    sealer = AnnouncementSealer(SECRET, "lab")
    body = bytes(size)
    datagram = sealer.seal(body)
    assert sealer.open(datagram) == body
    assert (len(datagram) - 44) % 256 == 0
    assert len(datagram) <= 1400
    assert is_sealed_announcement(datagram)


def test_neither_damaged_nor_foreign_ones_are_opened() -> None:
    sealer = AnnouncementSealer(SECRET, "lab")
    datagram = sealer.seal(b"body")
    for at in range(len(datagram)):
        damaged = bytearray(datagram)
        damaged[at] ^= 1
        assert sealer.open(bytes(damaged)) is None
    assert AnnouncementSealer(SECRET, "other").open(datagram) is None
    assert AnnouncementSealer(Secret(bytes(32)), "lab").open(datagram) is None
    assert sealer.open(datagram[:-1]) is None


def test_the_vector_of_the_specification() -> None:
    datagram = AnnouncementSealer(SECRET, "lab", bytes).seal(b"covey")
    assert datagram[28:60].hex() == "22ec325fb1cdf4295eeab9626604c17b29f87ba0c10f362ce70e02a8ab9ac6cc"
    assert datagram[-16:].hex() == "f7b4bc5bd16211bf10532d6b25eb62fc"
