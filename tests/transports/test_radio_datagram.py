from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.transports.radio_datagram import decode_datagram, encode_datagram
from tests.transports.pgm.pcap import CAPTURES


def captured() -> list[bytes]:
    """Return the payloads of the UDP datagrams in a capture of libzmq's RADIO."""
    data = (CAPTURES / "radio_dish.pcap").read_bytes()
    offset, found = 24, []
    while offset < len(data):
        size = int.from_bytes(data[offset + 8 : offset + 12], "little")
        ip = data[offset + 16 + 14 : offset + 16 + size]
        offset += 16 + size
        if ip[:1] == b"\x45" and ip[9] == 17:
            found.append(ip[28 : 20 + int.from_bytes(ip[24:26], "big")])
    return found


def test_reads_and_writes_what_libzmq_sends() -> None:
    datagrams = captured()
    assert datagrams
    for datagram in datagrams:
        group, body = decode_datagram(datagram)
        assert encode_datagram(group, body) == datagram
        assert group


@pytest.mark.parametrize("datagram", [b"", b"\x01", b"\xff" + bytes(254)])
def test_refuses_what_ends_too_early(datagram: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_datagram(datagram)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(datagram: bytes) -> None:
    try:
        group, body = decode_datagram(datagram)
    except ProtocolError:
        return
    assert encode_datagram(group, body) == datagram
