from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import PgmError
from covey.transports.pgm import constants as c
from covey.transports.pgm.wire import (
    Ack,
    Body,
    Data,
    Header,
    Nak,
    Option,
    Packet,
    Poll,
    Polr,
    Spm,
    Spmr,
    decode_packet,
    encode_packet,
)
from covey.transports.pgm.wire.checksum import checksum_of, word_sum
from covey.transports.pgm.wire.option_types import NakList
from tests.transports.pgm.pcap import PGM_CAPTURES, Captured, read_capture

V4, V6 = bytes((10, 0, 0, 1)), bytes(range(16))
GSI = b"\xb7\xc6\xd1\xbc\x03\x8a"

BODIES: dict[str, tuple[int, Body]] = {
    "SPM": (c.SPM, Spm(1, 2, 3, V4, (Option(c.OPT_FIN),))),
    "SPM over IPv6": (c.SPM, Spm(1, 2, 0xFFFFFFFF, V6)),
    "ODATA": (c.ODATA, Data(5, 1, b"\0\0\x01\0")),
    "RDATA": (c.RDATA, Data(5, 1, b"\0\0\x02\0x", (Option(c.OPT_FRAGMENT, bytes(12)),))),
    "NAK": (c.NAK, Nak(9, V4, bytes((239, 1, 2, 3)), (NakList((10, 11)).to_option(),))),
    "NNAK": (c.NNAK, Nak(9, V4, V6)),
    "NCF": (c.NCF, Nak(9, V6, V4)),
    "SPMR": (c.SPMR, Spmr()),
    "POLL": (c.POLL, Poll(1, 2, 0, V4, 1000, 0xABCD, 0xFF)),
    "POLR": (c.POLR, Polr(1, 2)),
    "ACK": (c.ACK, Ack(7, 0xFFFFFFFF, (Option(c.OPT_FLOW, bytes(8)),))),
}
OPENPGM_BUGS = {"ct_pgmcc": 3}
"""Packets that OpenPGM sent with a wrong checksum."""


def packets(name: str) -> list[Captured]:
    return read_capture(name)


def all_packets() -> list[bytes]:
    return [each.payload for name in PGM_CAPTURES for each in packets(name)]


SAMPLES = list({(p[4], p[5], len(p)): p for p in all_packets()}.values())


@pytest.mark.parametrize("name", BODIES)
def test_every_type_survives_the_round_trip(name: str) -> None:
    kind, body = BODIES[name]
    data = encode_packet(Header(1234, 5555, kind, GSI), body)
    packet = decode_packet(data)
    assert packet.body == body
    assert packet.header.type == kind
    assert encode_packet(packet.header, packet.body) == data


@pytest.mark.parametrize("name", PGM_CAPTURES)
def test_captured_packets_are_decoded_and_written_again_octet_by_octet(name: str) -> None:
    broken = 0
    for captured in packets(name):
        try:
            packet = decode_packet(captured.payload)
        except PgmError:
            broken += 1
            continue
        assert encode_packet(packet.header, packet.body) == captured.payload
    assert broken == OPENPGM_BUGS.get(name, 0)


def test_upstream_packets_have_their_ports_swapped() -> None:
    (nak,) = [p for p in map(_decoded, packets("loss_single")) if p.header.type == c.NAK]
    (ncf,) = [p for p in map(_decoded, packets("loss_single")) if p.header.type == c.NCF]
    assert nak.header.tsi == ncf.header.tsi
    assert nak.body == ncf.body


def test_a_nak_list_holds_all_sequences() -> None:
    naks = [p.body for p in map(_decoded, packets("loss_list")) if p.header.type == c.NAK]
    assert isinstance(naks[0], Nak)
    assert naks[0].sequences == (3, 4, 5)


def _decoded(captured: Captured) -> Packet:
    return decode_packet(captured.payload)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: f"type{p[4]}-{len(p)}")
def test_every_truncation_is_refused(sample: bytes) -> None:
    for size in range(len(sample)):
        cut = sample[:size]
        with pytest.raises(PgmError):
            decode_packet(cut)
        with pytest.raises(PgmError):
            decode_packet(_with_checksum(cut))


def _with_checksum(packet: bytes) -> bytes:
    """Make a changed packet's checksum right again, so that the parsers behind the check are reached."""
    if len(packet) < c.HEADER_SIZE:
        return packet
    blank = bytearray(packet)
    blank[6:8] = b"\0\0"
    blank[6:8] = checksum_of(word_sum(blank)).to_bytes(2, "big")
    return bytes(blank)


@settings(max_examples=1500)
@given(
    sample=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 40),
    tail=st.binary(max_size=12),
)
def test_mutations_raise_nothing_but_the_documented_error(
    sample: bytes, changes: list[tuple[int, int]], cut: int, tail: bytes
) -> None:
    packet = bytearray(sample[: len(sample) - cut] + tail)
    for place, value in changes:
        if place < len(packet):
            packet[place] = value
    try:
        decoded = decode_packet(_with_checksum(bytes(packet)))
        if isinstance(decoded.body, Nak):
            assert decoded.body.sequences
    except PgmError:
        pass


@given(st.binary(max_size=80))
def test_noise_raises_nothing_but_the_documented_error(noise: bytes) -> None:
    with pytest.raises(PgmError):
        decode_packet(noise)
    try:
        decode_packet(_with_checksum(noise))
    except PgmError:
        pass


def test_a_single_flipped_bit_is_noticed() -> None:
    sample = SAMPLES[3]
    for place in range(len(sample)):
        for bit in range(8):
            flipped = bytearray(sample)
            flipped[place] ^= 1 << bit
            with pytest.raises(PgmError):
                decode_packet(bytes(flipped))


def test_control_packets_may_do_without_a_checksum_but_data_may_not() -> None:
    spm = bytearray(encode_packet(Header(1, 2, c.SPM, GSI), Spm(1, 2, 3, V4)))
    spm[6:8] = b"\0\0"
    assert decode_packet(bytes(spm)).header.checksum == 0
    data = bytearray(encode_packet(Header(1, 2, c.ODATA, GSI), Data(1, 2, b"\0\0")))
    data[6:8] = b"\0\0"
    with pytest.raises(PgmError, match="without a checksum"):
        decode_packet(bytes(data))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((4, 0x45), "version"),
        ((4, 0x03), "type"),
        ((15, 9), "TSDU length"),
    ],
)
def test_the_error_says_what_is_wrong(change: tuple[int, int], reason: str) -> None:
    packet = bytearray(encode_packet(Header(1, 2, c.ODATA, GSI), Data(1, 2, b"\0\0")))
    packet[change[0]] = change[1]
    with pytest.raises(PgmError, match=reason):
        decode_packet(_with_checksum(bytes(packet)))


def test_data_behind_a_control_packet_is_refused() -> None:
    packet = encode_packet(Header(1, 2, c.SPM, GSI), Spm(1, 2, 3, V4)) + b"xx"
    packet = packet[:14] + b"\0\x02" + packet[16:]
    with pytest.raises(PgmError, match="behind a control packet"):
        decode_packet(_with_checksum(packet))


def test_the_flags_survive() -> None:
    header = Header(1, 2, c.RDATA, GSI, c.OPTIONS_PARITY | c.OPTIONS_VAR_PKTLEN)
    packet = decode_packet(encode_packet(header, Data(1, 2, b"abc")))
    assert packet.header.flags == header.flags
    assert dataclasses.replace(packet.header, checksum=0, tsdu_size=0) == header
