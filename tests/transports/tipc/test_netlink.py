from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.transports.tipc.netlink import attributes, messages


def test_reads_attributes_and_their_padding() -> None:
    data = struct.pack("=HH3sx", 7, 1, b"ab\0") + struct.pack("=HHI", 8, 0x8002, 5)
    assert attributes(data) == {1: b"ab\0", 2: struct.pack("=I", 5)}


def test_reads_the_messages_of_a_datagram() -> None:
    data = struct.pack("=IHHII", 18, 20, 0, 1, 0) + b"xy\0\0" + struct.pack("=IHHII", 16, 3, 0, 1, 0)
    assert list(messages(data)) == [(20, b"xy"), (3, b"")]


@pytest.mark.parametrize("length", [0, 3, 9])
def test_refuses_an_attribute_whose_length_does_not_fit(length: int) -> None:
    with pytest.raises(ProtocolError):
        attributes(struct.pack("=HHI", length, 1, 0))


@pytest.mark.parametrize("length", [0, 15, 17])
def test_refuses_a_message_whose_length_does_not_fit(length: int) -> None:
    with pytest.raises(ProtocolError):
        list(messages(struct.pack("=IHHII", length, 1, 0, 0, 0)))


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_only_protocol_errors_escape(data: bytes) -> None:
    for read in (attributes, lambda octets: list(messages(octets))):
        try:
            read(data)
        except ProtocolError:
            pass
