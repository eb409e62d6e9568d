from __future__ import annotations

import pytest

from covey.transports.pgm.data_builder import DataBuilder, as_repair
from covey.transports.pgm.framing import Packer
from covey.transports.pgm.plain import PlainRun, scan_plain

HEAD = 26


def packets(*messages: bytes, first: int = 0, tsdu: int = 102) -> list[bytes]:
    packer = Packer()
    packer.put(messages)
    run = DataBuilder(b"abcdef", 1, 2, tsdu).build(packer.take(100_000), first, 0, 0.0)
    return [run.packet(first + index) for index in range(run.count)]


def scan(data: bytes, position: int = 0) -> tuple[PlainRun, int]:
    found = scan_plain(data, position, 126)
    assert found is not None
    return found


def test_a_whole_run_is_read_at_once_and_its_short_end_apart() -> None:
    sent = packets(bytes(1000))
    run, stop = scan(b"".join(sent))
    assert run.in_order
    assert run.sequences == tuple(range(10))
    assert list(run.payloads) == [each[HEAD:] for each in sent[:10]]
    assert run.tsdus() == [each[24:] for each in sent[:10]]
    assert run.start == 0
    assert stop == 1260
    rest, stop = scan(b"".join(sent), stop)
    assert rest.sequences == (10,)
    assert stop == sum(map(len, sent))


@pytest.mark.parametrize("size", [126, 127, 1452])
def test_runs_of_any_size_are_verified(size: int) -> None:
    sent = packets(bytes(range(256)) * 40, tsdu=size - 24)
    found = scan_plain(b"".join(sent), 0, size)
    assert found is not None
    assert len(found[0].sequences) == len(sent) - 1


def test_the_first_boundary_counts_across_packets() -> None:
    sent = packets(bytes(250), b"second" * 20)
    run, _ = scan(b"".join(sent[1:]))
    assert run.start == 252 - 100
    assert scan(b"".join(packets(bytes(500))[1:]))[0].start == -1


def test_order_holds_across_the_wrap() -> None:
    assert scan(b"".join(packets(bytes(1000), first=2**32 - 3)))[0].in_order


def test_a_run_out_of_order_is_told_apart() -> None:
    sent = packets(bytes(500))
    run, _ = scan(sent[0] + sent[2] + sent[1])
    assert run.sequences == (0, 2, 1)
    assert not run.in_order


def test_packets_of_several_kinds_are_read_singly() -> None:
    sent = packets(bytes(190))
    repair = as_repair(sent[0], 0)
    run, stop = scan(sent[0] + repair)
    assert (run.sequences, run.is_repair, stop) == ((0,), False, 126)
    run, stop = scan(sent[0] + repair, stop)
    assert (run.is_repair, stop) == (True, 252)


def test_a_wrong_checksum_spoils_its_packet_only() -> None:
    sent = bytearray(b"".join(packets(bytes(500))))
    sent[300] ^= 1
    data = bytes(sent)
    assert scan(data)[0].sequences == (0,)
    assert scan(data, 126)[0].sequences == (1,)
    assert scan_plain(data, 252, 126) is None
    assert scan(data, 378)[0].sequences == (3, 4)


def test_a_missing_checksum_is_no_plain_packet() -> None:
    sent = packets(bytes(190))
    sent[1] = sent[1][:6] + b"\0\0" + sent[1][8:]
    assert scan(b"".join(sent))[0].sequences == (0,)
    assert scan_plain(b"".join(sent), 126, 126) is None


def test_other_packets_and_scraps_are_left_alone() -> None:
    assert scan_plain(b"", 0, 1) is None
    assert scan_plain(bytes(36), 0, 36) is None
    assert scan_plain(packets(b"")[0][:25], 0, 25) is None
    assert scan_plain(packets(b"abc")[0] * 3, 0, 7) is None
