"""The greeting: 64 octets, and what is no greeting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import HandshakeFailed
from covey.transports.zmtp.greeting import Greeting


def test_a_greeting_has_64_octets_and_reads_back() -> None:
    data = Greeting("CURVE").encode()
    assert len(data) == 64
    assert data[:12] == b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01"
    assert Greeting.decode(data) == Greeting("CURVE")


def test_as_server_is_never_sent() -> None:
    assert Greeting("CURVE", as_server=True).encode()[32] == 0


def test_a_mechanism_outside_ascii_is_refused() -> None:
    data = bytearray(Greeting("NULL").encode())
    data[12] = 0xC3
    with pytest.raises(HandshakeFailed, match="ASCII"):
        Greeting.decode(bytes(data))


@given(st.binary(min_size=64, max_size=64))
def test_garbage_is_read_or_refused(data: bytes) -> None:
    try:
        Greeting.decode(data)
    except HandshakeFailed:
        pass
