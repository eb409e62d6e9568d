from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.transports.multicast.raw import strip_ip


def packet(head: int, total: int, size: int) -> bytes:
    return (bytes((0x40 | head, 0)) + total.to_bytes(2, "big")).ljust(head * 4, b"\0") + b"p" * size


def test_the_header_and_what_follows_the_packet_are_cut_off() -> None:
    assert strip_ip(packet(5, 24, 10)) == b"pppp"
    assert strip_ip(packet(6, 25, 1)) == b"p"


@pytest.mark.parametrize("bad", [b"", bytes(19), b"\x60" + bytes(40), packet(4, 24, 10), packet(5, 90, 10)])
def test_a_malformed_packet_carries_nothing(bad: bytes) -> None:
    assert strip_ip(bad) == b""


@given(st.binary(max_size=80))
def test_noise_is_survived(noise: bytes) -> None:
    assert len(strip_ip(noise)) <= max(len(noise) - 20, 0)
