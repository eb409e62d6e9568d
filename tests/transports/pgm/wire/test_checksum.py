from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.transports.pgm.wire.checksum import checksum_of, is_intact, word_sum


def _reference(data: bytes) -> int:
    """The checksum as RFC 1071 describes it, word by word."""
    total = 0
    for index in range(0, len(data), 2):
        total += int.from_bytes(data[index : index + 2].ljust(2, b"\0"), "big")
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@given(st.binary(max_size=3000))
def test_agrees_with_the_sum_over_words(data: bytes) -> None:
    assert checksum_of(word_sum(data)) % 0xFFFF == _reference(data) % 0xFFFF


@pytest.mark.parametrize("size", [255, 256, 257, 1427, 1428, 1452, 9000, 65535])
def test_folding_changes_nothing(size: int) -> None:
    data = bytes(range(256)) * 256
    assert checksum_of(word_sum(data[:size])) == _reference(data[:size])


def test_a_zero_sum_is_sent_as_all_ones() -> None:
    assert checksum_of(0xFFFF) == 0xFFFF
    assert checksum_of(0) == 0xFFFF


@given(st.binary(min_size=8, max_size=2000))
def test_a_packet_with_its_checksum_is_intact(data: bytes) -> None:
    packet = bytearray(data)
    packet[6:8] = b"\0\0"
    packet[6:8] = checksum_of(word_sum(packet)).to_bytes(2, "big")
    assert is_intact(packet)
