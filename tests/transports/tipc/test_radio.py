from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import EndpointError, OptionError, ProtocolError
from covey.transports.tipc.address import ServiceAddress, ServiceRange
from covey.transports.tipc.multicast import parse_multicast
from covey.transports.tipc.radio import MAX_DATAGRAM, decode, encode


def test_a_datagram_is_the_length_of_the_group_the_group_and_the_body() -> None:
    assert encode(b"weather", b"rain") == b"\x07weatherrain"


@given(st.binary(max_size=255), st.binary(max_size=300))
@settings(max_examples=200)
def test_reads_what_it_writes(group: bytes, body: bytes) -> None:
    assert decode(memoryview(encode(group, body))) == (group, body)


@given(st.binary(max_size=40))
@settings(max_examples=200)
def test_only_protocol_errors_escape(datagram: bytes) -> None:
    try:
        decode(datagram)
    except ProtocolError:
        pass


@pytest.mark.parametrize(
    ("group", "body"), [(bytes(256), b""), (b"", bytes(MAX_DATAGRAM)), (b"g", bytes(65999))]
)
def test_refuses_what_does_not_fit(group: bytes, body: bytes) -> None:
    with pytest.raises(OptionError):
        encode(group, body)


def test_the_largest_message_fills_a_datagram() -> None:
    assert len(encode(b"g", bytes(65998))) == MAX_DATAGRAM


def test_multicast_goes_to_groups_and_ranges_only() -> None:
    assert parse_multicast("tipc://{5560,1}") == ServiceAddress(5560, 1)
    assert parse_multicast("tipc://{5560,1,2}") == ServiceRange(5560, 1, 2)
    for endpoint in ("tipc://<*>", "tipc://<1.2.3:4>"):
        with pytest.raises(EndpointError):
            parse_multicast(endpoint)
