from __future__ import annotations

from covey.transports.pgm.data_builder import DataBuilder, as_repair
from covey.transports.pgm.framing import Packer
from covey.transports.pgm.plain import scan_plain

HEAD = 26


def packets(*messages: bytes, first: int = 0, tsdu: int = 102) -> list[bytes]:
    packer = Packer()
    packer.put(messages)
    run = DataBuilder(b"abcdef", 1, 2, tsdu).build(packer.take(100_000), first, 0, 0.0)
    return [run.packet(first + index) for index in range(run.count)]


def test_a_whole_run_is_read_at_once() -> None:
    sent = packets(bytes(1000))
    run = scan_plain(b"".join(sent), 0, 126)
    assert run is not None
    assert run.in_order
    assert run.sequences == list(range(len(sent)))
    assert b"".join(run.payloads) == b"".join(each[HEAD:] for each in sent)
    assert run.tsdus() == [each[24:] for each in sent]
    assert run.start == 0
    assert run.stop == sum(map(len, sent))


def test_the_first_boundary_counts_across_packets() -> None:
    sent = packets(bytes(250), b"second")
    run = scan_plain(b"".join(sent[1:]), 0, 126)
    assert run is not None
    assert run.start == 252 - 100


def test_order_holds_across_the_wrap() -> None:
    run = scan_plain(b"".join(packets(bytes(1000), first=2**32 - 3)), 0, 126)
    assert run is not None
    assert run.in_order


def test_a_run_out_of_order_is_told_apart() -> None:
    sent = packets(bytes(500))
    run = scan_plain(sent[0] + sent[2] + sent[1], 0, 126)
    assert run is not None
    assert run.sequences == [0, 2, 1]
    assert not run.in_order


def test_another_type_or_session_ends_a_run() -> None:
    sent = packets(bytes(190))
    repair = as_repair(sent[0], 0)
    run = scan_plain(sent[0] + repair, 0, 126)
    assert run is not None
    assert run.stop == 126
    other = scan_plain(sent[0] + repair, 126, 126)
    assert other is not None
    assert other.is_repair


def test_a_wrong_checksum_spoils_the_run() -> None:
    sent = bytearray(b"".join(packets(bytes(500))))
    sent[300] ^= 1
    assert scan_plain(bytes(sent), 0, 126) is None


def test_a_missing_checksum_ends_a_run() -> None:
    sent = packets(bytes(190))
    sent[1] = sent[1][:6] + b"\0\0" + sent[1][8:]
    run = scan_plain(b"".join(sent), 0, 126)
    assert run is not None
    assert len(run.sequences) == 1


def test_other_packets_and_scraps_are_left_alone() -> None:
    assert scan_plain(b"", 0, 1) is None
    assert scan_plain(bytes(36), 0, 36) is None
    assert scan_plain(packets(b"")[0][:25], 0, 25) is None
