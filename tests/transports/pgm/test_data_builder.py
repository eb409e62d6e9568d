from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from covey.transports.pgm.constants import ODATA, RDATA
from covey.transports.pgm.data_builder import DataBuilder, as_repair
from covey.transports.pgm.framing import Message, Packer
from covey.transports.pgm.wire import Data, decode_packet
from tests.transports.pgm.pcap import read_capture


def test_builds_the_captured_packets_octet_by_octet() -> None:
    originals = [each.payload for each in read_capture("basic") if each.payload[4] == ODATA]
    gsi = decode_packet(originals[0]).header.gsi
    builder = DataBuilder(gsi, decode_packet(originals[0]).header.source_port, 5555, 1428)
    packer = Packer()
    flushes: list[list[Message]] = [
        [b"hello"],
        [[b"topic", b"part2", b""]],
        [b""],
        [b"burst%d" % number for number in range(5)],
        [bytes(number % 256 for number in range(256))],
        [bytes(number % 256 for number in range(5000))],
    ]
    sequence, built = 0, []
    for messages in flushes:
        packer.put(messages)
        run = builder.build(packer.take(1426 * 10), sequence, 0, 0.0)
        built += [run.packet(sequence + index) for index in range(run.count)]
        sequence += run.count
    assert built == originals[:9]


@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=20), st.integers(0, 2**32 + 5), st.integers(0, 50)
)
def test_packets_and_repairs_decode(messages: list[bytes], first: int, behind: int) -> None:
    builder = DataBuilder(b"abcdef", 1, 2, 101)
    packer = Packer()
    packer.put(messages)
    run = builder.build(packer.take(10_000), first, first - behind, 0.0)
    for index in range(run.count):
        original = run.packet(first + index)
        packet = decode_packet(original)
        assert packet.header.type == ODATA
        assert isinstance(packet.body, Data)
        assert packet.body.sequence == (first + index) % 2**32
        assert packet.body.trail == (first - behind) % 2**32
        repair = decode_packet(as_repair(original, first + 7))
        assert repair.header.type == RDATA
        assert isinstance(repair.body, Data)
        assert repair.body.trail == (first + 7) % 2**32
        assert repair.body.tsdu == packet.body.tsdu


def test_the_repairs_of_openpgm_are_equal_to_ours() -> None:
    packets = [each.payload for each in read_capture("rawpgm")]
    originals = {each[16:20]: each for each in packets if each[4] == ODATA}
    repair = next(each for each in packets if each[4] == RDATA)
    other = next(iter(originals.values()))
    assert as_repair(other, 0)[:4] == repair[:4]
    assert as_repair(_as_original(repair), 0) == repair


def _as_original(repair: bytes) -> bytes:
    """Turn the type back; the checksum follows by the same rule."""
    checksum = (int.from_bytes(repair[6:8], "big") + 0x100 - 1) % 0xFFFF + 1
    return repair[:4] + bytes((ODATA,)) + repair[5:6] + checksum.to_bytes(2, "big") + repair[8:]
