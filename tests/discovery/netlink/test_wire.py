from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.netlink.wire import AddressChange, LinkChange, MalformedNotification, decode


def message(kind: int, body: bytes) -> bytes:
    padding = bytes(-len(body) % 4)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body + padding


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def link(kind: int, name: bytes, index: int = 3, flags: int = 0x1043, family: int = 0) -> bytes:
    return message(kind, struct.pack("=BxHiII", family, 1, index, flags, 0) + attribute(3, name + b"\0"))


def address(kind: int, *attributes: bytes, family: int = 2, prefix: int = 24, index: int = 3) -> bytes:
    return message(kind, struct.pack("=BBBBI", family, prefix, 0, 0, index) + b"".join(attributes))


def test_reads_links_that_come_and_go() -> None:
    assert decode(link(16, b"eth1") + link(17, b"eth10", 4)) == [
        LinkChange(3, "eth1", 0x1043, is_gone=False),
        LinkChange(4, "eth10", 0x1043, is_gone=True),
    ]


def test_reads_addresses_of_both_families() -> None:
    here = bytes([10, 0, 0, 1])
    data = address(20, attribute(1, bytes([10, 0, 0, 9])), attribute(2, here))
    data += address(21, attribute(1, bytes(15) + b"\1"), family=10, prefix=64)
    assert decode(data) == [
        AddressChange(3, 4, here, 24, is_gone=False),
        AddressChange(3, 6, bytes(15) + b"\1", 64, is_gone=True),
    ]


def test_passes_over_bridge_ports_other_families_and_other_types() -> None:
    assert decode(link(16, b"eth1", family=7) + address(20, family=28) + message(24, bytes(12))) == []


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("=IHHII", 400, 16, 0, 0, 0),
        struct.pack("=IHHII", 3, 16, 0, 0, 0),
        message(16, bytes(4)),
        message(20, bytes(4)),
        message(16, bytes(16) + struct.pack("=HH", 900, 3)),
        message(16, bytes(16) + struct.pack("=HH", 0, 3)),
    ],
)
def test_refuses_lengths_that_point_outside(data: bytes) -> None:
    with pytest.raises(MalformedNotification):
        decode(data)


@given(st.binary(max_size=200), st.sampled_from([16, 17, 20, 21]), st.booleans())
@settings(max_examples=300)
def test_garbage_raises_nothing_but_malformed_notification(data: bytes, kind: int, framed: bool) -> None:
    try:
        changes = decode(message(kind, data) if framed else data)
    except MalformedNotification:
        return
    assert all(isinstance(change, LinkChange | AddressChange) for change in changes)
