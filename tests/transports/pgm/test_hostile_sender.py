"""Requests and reports that nobody honest makes: a sender's stream goes on, and what it sends for them is bounded."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from covey.transports.pgm import constants as c
from covey.transports.pgm.settings import ParitySettings, SenderSettings
from covey.transports.pgm.wire import Ack, Data, Header, Nak, Option, Packet, Spm, Spmr, encode_packet
from covey.transports.pgm.wire.option_types import FlowReport, NakList, ParitySeen
from tests.transports.pgm.lines import lines_of
from tests.transports.pgm.test_sender import GROUP, NLA, PORT, Bench

GROUP_SIZE = 8
PACKETS = 64
WINDOW = 10.0
"""Seconds for which a packet can be repaired."""


def nak(*sequences: int, flags: int = 0, seen: tuple[int, ...] = ()) -> bytes:
    options: list[Option] = []
    if len(sequences) > 1:
        options.append(NakList(sequences[1:]).to_option())
    if seen:
        options.append(ParitySeen(1, seen).to_option())
    return encode_packet(
        Header(PORT, 777, c.NAK, b"abcdef", flags), Nak(sequences[0], NLA, GROUP, tuple(options))
    )


def report(expected: int, window: int) -> bytes:
    options = (FlowReport(expected & 0xFFFFFFFF, window).to_option(),)
    return encode_packet(Header(PORT, 777, c.ACK, b"abcdef"), Ack(expected - 1 & 0xFFFFFFFF, 1, options))


def sequences_of(packets: list[Packet], kind: int) -> list[int]:
    return [
        each.body.sequence for each in packets if each.header.type == kind and isinstance(each.body, Data)
    ]


def opened(*, parity: bool = False) -> Bench:
    """Return a sender with a window of `PACKETS` packets."""
    settings = SenderSettings(flow=False, parity=ParitySettings(GROUP_SIZE) if parity else None)
    bench = Bench(settings)
    bench.sleep(0.01)
    bench.sender.put([bytes(1426 * PACKETS - 10)])
    assert len(sequences_of(bench.sleep(0.01), c.ODATA)) == PACKETS
    return bench


FLOODS: dict[str, Callable[[random.Random], bytes]] = {
    "one packet": lambda _: nak(5),
    "the whole window": lambda _: nak(*range(63)),
    "any packets": lambda draw: nak(*draw.sample(range(PACKETS), 40)),
    "packets of the future": lambda draw: nak(*range(1000, 1063)),
    "packets of the past": lambda draw: nak(*range(2**32 - 70, 2**32 - 7)),
    "parity that was seen": lambda _: nak(
        *(group * 8 + 7 for group in range(8)), flags=c.OPTIONS_PARITY, seen=(255,) * 8
    ),
    "parity without numbers": lambda _: nak(*(group * 8 + 7 for group in range(8)), flags=c.OPTIONS_PARITY),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_requests_gets_each_packet_a_few_times_and_ever_more_rarely(name: str) -> None:
    bench = opened(parity=name.startswith("parity"))
    draw = random.Random(name)
    repairs = 0
    for _ in range(round(WINDOW / 0.01)):
        for _ in range(2):
            bench.sender.receive_datagram(FLOODS[name](draw), "10.0.0.66", bench.now)
        said = bench.sleep(0.01)
        repairs += len(sequences_of(said, c.RDATA))
    # without a bound it would be each packet every three milliseconds, 3,333 times
    assert repairs < 30 * PACKETS


@pytest.mark.parametrize("name", FLOODS)
def test_data_goes_on_under_a_flood_of_requests(name: str) -> None:
    bench = opened(parity=name.startswith("parity"))
    draw = random.Random(name)
    bench.sender.put([bytes(1426 * 500 - 10)])
    data, other = 0, 0
    while data < 500:
        for _ in range(200):
            bench.sender.receive_datagram(FLOODS[name](draw), "10.0.0.66", bench.now)
        for _ in range(100):
            out = bench.sender.next_datagrams(bench.now)
            if out is None:
                break
            count = len(range(0, len(out.data), out.segment))
            if out.data[4] == c.ODATA and not out.data[5] & c.OPTIONS_PARITY:
                data += count
            else:
                other += count
        bench.now += 0.01
        assert other < 2000


@pytest.mark.parametrize("name", FLOODS)
def test_a_request_costs_a_bounded_amount(name: str) -> None:
    bench = opened(parity=name.startswith("parity"))
    draw = random.Random(name)
    for _ in range(50):
        packet = FLOODS[name](draw)
        assert lines_of(lambda packet=packet: bench.sender.receive_datagram(packet, "10.0.0.66", 0.0)) < 3000  # type: ignore[misc]


def test_a_request_for_what_was_not_sent_is_answered_by_the_window() -> None:
    bench = opened()
    bench.sender.receive_datagram(nak(1000), "10.0.0.2", bench.now)
    spms = [each.body for each in bench.sleep(0.002) if isinstance(each.body, Spm)]
    assert [each.lead for each in spms] == [PACKETS - 1]


def test_requests_for_spms_get_one_a_millisecond_at_most() -> None:
    bench = opened()
    request = encode_packet(Header(PORT, 777, c.SPMR, b"abcdef"), Spmr())
    spms = 0
    for _ in range(1000):
        for _ in range(10):
            bench.sender.receive_datagram(request, "10.0.0.66", bench.now)
        spms += len([each for each in bench.sleep(0.0001) if isinstance(each.body, Spm)])
    assert spms <= 110


def test_invented_receivers_hold_the_sender_up_for_twice_the_timeout_in_all() -> None:
    bench = Bench(SenderSettings(flow=True, flow_timeout=1.0))
    bench.sleep(0.1)
    bench.sender.receive_datagram(report(0, 64), "10.0.0.2 1", bench.now)
    sent = 0
    bench.sender.put([bytes(1426 * 20_000)])
    start = bench.now
    for turn in range(2000):
        bench.sender.receive_datagram(report(0, 0), f"10.0.0.66 {turn}", bench.now)
        bench.sender.receive_datagram(report(sent, 64), "10.0.0.2 1", bench.now)
        sent += len(sequences_of(bench.sleep(0.01), c.ODATA))
        if sent >= 20_000:
            break
    assert sent >= 20_000
    assert bench.now - start < 10
