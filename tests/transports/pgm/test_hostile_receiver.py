"""Packets that others forge in a source's name: its traffic goes on, and none costs more than its due.

Nothing in PGM proves who sent a packet, so whoever is on the link can write data into a stream (a sealed group is the
remedy). Everything else that he may say is taken back by what the source itself goes on to say.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from covey.errors import PgmError
from covey.transports.pgm import constants as c
from covey.transports.pgm.events import Delivered, SourceJoined, SourceLeft
from covey.transports.pgm.receiver import Receiver
from covey.transports.pgm.settings import ReceiverSettings
from covey.transports.pgm.wire import (
    Data,
    Header,
    Nak,
    Option,
    Packet,
    Poll,
    Polr,
    Spm,
    decode_packet,
    encode_packet,
)
from covey.transports.pgm.wire.option_types import Fragment, NakList, ParityParameters, ParitySeen, Reset
from tests.transports.pgm.lines import lines_of
from tests.transports.pgm.pcap import PGM_CAPTURES, read_capture
from tests.transports.pgm.test_receiver import GROUP, GSI, NLA, PORT, SENDER, SPORT, Bench, make_data, rectify

PACE = 0.05
"""Seconds between two packets of the real source, which also tells its window so often."""
MOST_LINES = 12_000
"""Of Python for one packet, its repair requests and timers included: a few milliseconds."""


def control(kind: int, body: Any, flags: int = 0) -> bytes:
    return encode_packet(Header(SPORT, PORT, kind, GSI, flags), body)


def spm(number: int, trail: int, lead: int, *options: Option) -> bytes:
    return control(c.SPM, Spm(number, trail, lead & 0xFFFFFFFF, NLA, options))


def data(sequence: int, trail: int = 0, *options: Option) -> bytes:
    return control(c.ODATA, Data(sequence, trail, b"\0\0\x02\0x", options))


def ncf(*sequences: int, kind: int = c.NCF, flags: int = 0, options: tuple[Option, ...] = ()) -> bytes:
    lists = (NakList(sequences[1:]).to_option(),) if len(sequences) > 1 else ()
    header = Header(SPORT, PORT, kind, GSI, flags)
    if kind == c.NAK:
        header = Header(PORT, SPORT, kind, GSI, flags)
    return encode_packet(header, Nak(sequences[0], NLA, GROUP, (*lists, *options)))


class Stream:
    """A real source with holes in its stream, which it repairs when asked, and somebody who forges its packets."""

    def __init__(self, bench: Bench, *, loss: bool = True) -> None:
        self.bench = bench
        self.sent = 0
        self.loss = loss
        self.asked = 0
        bench.spm(0, -1)

    def step(self) -> None:
        """Send one packet, or lose it, say how far it came, and answer what is asked for."""
        number, self.sent = self.sent, self.sent + 1
        if not (self.loss and number % 5 == 3):
            self.bench.data(number)
        self.bench.spm(0, number)
        until = self.bench.now + PACE
        while self.bench.now < until:
            for packet, _ in self.bench.sleep(PACE / 25):
                self.answer(packet)

    def answer(self, packet: Packet) -> None:
        if isinstance(packet.body, Nak):
            self.asked += 1
            self.bench.hear(ncf(*packet.body.sequences))
            for sequence in packet.body.sequences:
                if sequence < self.sent:
                    self.bench.data(sequence, kind=c.RDATA)

    def check(self, delivered: int | None = None) -> None:
        assert self.bench.messages() == [b"%d" % number for number in range(self.sent)]
        assert self.bench.losses() == []


FORGED: dict[str, Callable[[int], list[bytes]]] = {
    "a lead a little ahead": lambda sent: [spm(5000, 0, sent + 900)],
    "a lead far ahead": lambda sent: [spm(5000, 0, sent + 60_000)],
    "a lead far ahead, twice": lambda sent: [spm(5000, 0, sent + 60_000), spm(5001, 0, sent + 60_001)],
    "a lead beyond the window": lambda sent: [spm(5000, 0, 2**30)],
    "an SPM number far ahead": lambda sent: [spm(2**31 - 9, 0, sent - 1)],
    "an SPM number half round": lambda sent: [spm((2**31 + sent) & 0xFFFFFFFF, 0, sent - 1)],
    "a trail at the lead": lambda sent: [spm(5000, sent, sent - 1)],
    "a trail beyond the lead": lambda sent: [spm(5000, sent + 100, sent - 1)],
    "data a little ahead": lambda sent: [data(sent + 900)],
    "data with the trail at the lead": lambda sent: [data(sent - 1, sent)],
    "data far ahead": lambda sent: [data(sent + 60_000)],
    "data far ahead, twice": lambda sent: [data(sent + 60_000), data(sent + 60_001)],
    "data half round": lambda sent: [data((sent + 2**31 - 1) & 0xFFFFFFFF)],
    "repairs of the future": lambda sent: [control(c.RDATA, Data(sent + 900, 0, b"\0\0\x02\0x"))],
    "a farewell": lambda sent: [spm(5000, 0, sent - 1, Option(c.OPT_FIN))],
    "a reset": lambda sent: [spm(5000, 0, sent - 1, Reset(1).to_option())],
    "promises": lambda sent: [ncf(*range(max(sent - 30, 0), max(sent - 30, 0) + 60))] * 20,
    "requests of others": lambda sent: (
        [ncf(*range(max(sent - 30, 0), max(sent - 30, 0) + 60), kind=c.NAK)] * 20
    ),
    "polls": lambda _: [control(c.POLL, Poll(number, 1, 0, NLA, 0, 0, 0)) for number in range(20)],
    "parity that is not offered": lambda sent: [spm(5000, 0, sent - 1, ParityParameters(1, 8).to_option())],
    "an APDU in fragments": lambda sent: [data(sent + 5, 0, Fragment(sent + 5, 0, 60_000).to_option())],
}


FORGED_DATA = {name for name in FORGED if name.startswith("data") or "APDU" in name or "repairs" in name}
"""A flood of these does get into a stream that is not sealed."""


@pytest.mark.parametrize("name", FORGED)
def test_real_traffic_goes_on_and_nothing_of_it_is_lost(name: str) -> None:
    stream = Stream(Bench(), loss=True)
    for number in range(320):  # longer than a hole stays open
        stream.step()
        if number == 10:
            for packet in FORGED[name](stream.sent):
                stream.bench.hear(packet)
    stream.loss = False
    for _ in range(5):
        stream.step()
    forged_data = [each for each in stream.bench.messages() if each == b"x"]
    assert forged_data == []
    stream.check()


@pytest.mark.parametrize("name", [name for name in FORGED if name not in FORGED_DATA])
def test_a_flood_of_it_does_not_stop_real_traffic(name: str) -> None:
    stream = Stream(Bench(), loss=False)
    spent = forged = 0
    for _ in range(40):
        for packet in FORGED[name](stream.sent)[:1] * 10:
            spent += lines_of(lambda packet=packet: stream.bench.hear(packet))  # type: ignore[misc]
            forged += 1
        stream.step()
    assert spent / forged < 1000
    assert stream.bench.messages() == [b"%d" % number for number in range(stream.sent)]


@pytest.mark.parametrize("name", FORGED)
def test_after_it_real_packets_cost_what_they_cost_before(name: str) -> None:
    stream = Stream(Bench(), loss=False)
    for _ in range(20):
        stream.step()
    for packet in FORGED[name](stream.sent):
        assert lines_of(lambda packet=packet: stream.bench.hear(packet)) < MOST_LINES  # type: ignore[misc]
    for _ in range(10):
        stream.step()
    honest = Stream(Bench(), loss=False)
    for _ in range(30):
        honest.step()
    costs = [
        lines_of(lambda each=each: each.bench.hear(make_data(each.sent, b"x")))  # type: ignore[misc]
        for each in (stream, honest)
    ]
    assert costs[0] <= costs[1] + 20


def test_promises_that_are_never_kept_do_not_keep_a_hole_from_being_asked_for() -> None:
    bench = Bench()
    bench.spm(0, -1)
    bench.data(0)
    bench.data(2)
    said: list[Packet] = []
    for _ in range(500):
        bench.hear(ncf(1))
        said += [packet for packet, _ in bench.sleep(0.001)]
    assert [packet for packet in said if isinstance(packet.body, Nak)]


def test_promises_of_parity_that_never_comes_do_not_either() -> None:
    bench = Bench()
    bench.spm(0, -1, ParityParameters(c.PARITY_ON_DEMAND, 4).to_option())
    for sequence in (0, 1, 3, 4):
        bench.data(sequence)
    forged = ncf(3, flags=c.OPTIONS_PARITY, options=(ParitySeen(9, (200,)).to_option(),))
    said: list[Packet] = []
    for _ in range(500):
        bench.hear(forged)
        said += [packet for packet, _ in bench.sleep(0.001)]
    assert [packet for packet in said if isinstance(packet.body, Nak)]


def test_a_long_list_of_promised_parity_costs_a_bounded_amount_and_no_memory() -> None:
    bench = Bench()
    bench.spm(0, -1, ParityParameters(c.PARITY_ON_DEMAND, 128).to_option())
    bench.data(0)
    bench.data(2)
    sequences = [group * 128 + 127 for group in range(63)]
    flood = ncf(*sequences, flags=c.OPTIONS_PARITY)
    assert lines_of(lambda: bench.hear(flood)) < MOST_LINES
    again = ncf(*[127] * 63, flags=c.OPTIONS_PARITY)
    assert lines_of(lambda: bench.hear(again)) < MOST_LINES


def test_polls_are_answered_one_at_a_time_however_many_come() -> None:
    bench = Bench()
    bench.data(0)
    for number in range(1000):
        bench.hear(control(c.POLL, Poll(number, 1, 0, NLA, 1_000_000, 0, 0)))
    said = [packet for packet, _ in bench.sleep(2.0) if isinstance(packet.body, Polr)]
    assert len(said) == 1


def test_a_source_that_goes_on_after_a_forged_farewell_is_announced_again() -> None:
    stream = Stream(Bench(), loss=False)
    stream.step()
    stream.bench.hear(spm(5000, 0, 0, Option(c.OPT_FIN)))
    for _ in range(3):
        stream.step()
    kinds = [type(each) for each in stream.bench.events if not isinstance(each, Delivered)]
    assert kinds == [SourceJoined, SourceLeft, SourceJoined]
    stream.check()


def mutants(name: str, count: int) -> Iterator[bytes]:
    """Return captured packets, changed here and there and cut, most of them with a checksum that fits."""
    draw = random.Random(name)
    packets = read_capture(name)
    for _ in range(count):
        packet = bytearray(draw.choice(packets).payload)
        for _ in range(draw.randrange(0, 5)):
            packet[draw.randrange(len(packet))] = draw.choice((0, 255, draw.randrange(256)))
        cut = draw.choice((len(packet), len(packet), draw.randrange(len(packet))))
        yield bytes(packet[:cut]) if draw.random() < 0.2 or cut < 16 else rectify(packet[:cut])


@pytest.mark.parametrize("name", PGM_CAPTURES)
def test_no_mutated_packet_costs_much_to_read_or_to_answer(name: str) -> None:
    bench = Bench()
    port = next(decode_packet(each.payload).header.destination_port for each in read_capture(name))
    bench.receiver = Receiver(port, GROUP, ReceiverSettings(), random.Random(1).randbytes)
    worst = 0
    for mutant in mutants(name, 150):
        try:
            decode = lines_of(lambda mutant=mutant: decode_packet(mutant))  # type: ignore[misc]
        except PgmError:
            decode = 0
        assert decode < 600

        def take(mutant: bytes = mutant) -> None:
            bench.receiver.receive_datagram(mutant, SENDER, bench.now)
            bench.drain()
            bench.said()

        worst = max(worst, lines_of(take))
        bench.sleep(0.001)
    assert worst < MOST_LINES


TOTAL = 200_000


def hold(bench: Bench, source: int, packets: int, size: int = 1000) -> None:
    """Let one of many sources send packets behind a hole."""
    gsi = source.to_bytes(6, "big")
    for sequence in (0, *range(2, packets + 2)):
        tsdu = b"\0\0\xff%b\0" % (size - 11).to_bytes(8, "big") + bytes(size - 12)
        bench.hear(encode_packet(Header(SPORT, PORT, c.ODATA, gsi), Data(sequence, 0, tsdu)))


def test_what_many_sources_keep_behind_holes_is_bounded_in_all() -> None:
    bench = Bench(ReceiverSettings(total_octets=TOTAL))
    most = 0
    for source in range(100):
        hold(bench, source, 20)
        most = max(most, bench.receiver.statistics().window_octets)
        assert sum(each.window_packets for each in bench.receiver.statistics().sources) <= TOTAL / 1000
    assert TOTAL / 2 < most <= TOTAL
    seen = bench.receiver.statistics()
    assert seen.shed >= 100 * 20_000 - TOTAL
    # what waited was delivered, what it waited for was lost and told
    assert {count for _, count in bench.losses()} == {1}
    assert len(bench.messages()) >= 20 * len(bench.losses())


def test_the_greediest_source_gives_way_and_the_others_go_on() -> None:
    bench = Bench(ReceiverSettings(total_octets=TOTAL))
    hold(bench, 1, 10)
    hold(bench, 2, 300)
    modest, greedy = sorted(bench.receiver.statistics().sources, key=lambda each: each.source.gsi)
    assert (modest.lost, modest.window_packets) == (0, 10)
    assert greedy.lost >= 1
    gsi = (1).to_bytes(6, "big")
    bench.hear(encode_packet(Header(SPORT, PORT, c.RDATA, gsi), Data(1, 0, b"\0\0\x02\0x")))
    assert bench.receiver.statistics().sources[0].window_packets == 0


def test_parity_that_is_not_needed_yet_counts_and_goes_first() -> None:
    bench = Bench(ReceiverSettings(total_octets=TOTAL))
    bench.spm(0, -1, ParityParameters(c.PARITY_ON_DEMAND, 128).to_option())
    for number in range(1, 120):
        body = Data(number, 0, bytes(60_000))
        bench.hear(encode_packet(Header(SPORT, PORT, c.RDATA, GSI, c.OPTIONS_PARITY), body))
        assert bench.receiver.statistics().window_octets <= TOTAL
    assert bench.receiver.statistics().shed > 6_000_000
    assert bench.losses() == []


def test_sources_that_leave_are_not_counted_any_more() -> None:
    bench = Bench(ReceiverSettings(total_octets=TOTAL, max_sources=10))
    for source in range(50):
        hold(bench, source, 3)
    assert bench.receiver.statistics().window_octets <= 10 * 3000
    bench.sleep(1000.0)
    assert bench.receiver.statistics().window_octets == 0
