from __future__ import annotations

import random
from dataclasses import replace

import pytest

from covey.transports.pgm import constants as c
from covey.transports.pgm.data_builder import DataBuilder
from covey.transports.pgm.events import Delivered, Departure, Event, Lost, SourceJoined, SourceLeft
from covey.transports.pgm.framing import Message, Packer
from covey.transports.pgm.receiver import Receiver
from covey.transports.pgm.settings import ReceiverSettings
from covey.transports.pgm.upstream import Upstream
from covey.transports.pgm.wire import (
    Ack,
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
from covey.transports.pgm.wire.option_types import Fragment, ParityParameters, Reset
from tests.transports.pgm.lines import lines_of
from tests.transports.pgm.pcap import PGM_CAPTURES, Captured, read_capture

SENDER, NLA = "10.0.0.1", bytes((10, 0, 0, 1))
GROUP = bytes((239, 192, 1, 1))
GSI, SPORT, PORT = b"abcdef", 777, 5555


class Bench:
    """A receiver and a forger of its sender's packets."""

    def __init__(self, settings: ReceiverSettings | None = None, seed: int = 1) -> None:
        self.receiver = Receiver(PORT, GROUP, settings or ReceiverSettings(), random.Random(seed).randbytes)
        self.now = 100.0
        self.events: list[Event] = []
        self.spms = 0

    def hear(self, packet: bytes, source: str = SENDER) -> None:
        self.receiver.receive_datagram(packet, source, self.now)
        self.drain()

    def drain(self) -> None:
        while (event := self.receiver.next_event()) is not None:
            self.events.append(event)

    def data(self, sequence: int, text: bytes = b"", trail: int = 0, kind: int = c.ODATA) -> None:
        self.hear(make_data(sequence, text or b"%d" % sequence, trail, kind))

    def spm(self, trail: int, lead: int, *options: Option, source: str = SENDER) -> None:
        self.spms += 1
        body = Spm(self.spms, trail, lead & 0xFFFFFFFF, NLA, options)
        self.hear(encode_packet(Header(SPORT, PORT, c.SPM, GSI), body), source)

    def said(self) -> list[tuple[Packet, str | None]]:
        sent: list[Upstream] = list(self.receiver.datagrams_to_send())
        return [(decode_packet(each.data), each.destination) for each in sent]

    def sleep(self, seconds: float) -> list[tuple[Packet, str | None]]:
        """Let time pass and return all that was said."""
        end, said = self.now + seconds, self.said()
        while (timer := self.receiver.next_timer()) is not None and timer <= end:
            self.now = max(timer, self.now)
            self.receiver.handle_timer(self.now)
            self.drain()
            said += self.said()
        self.now = end
        return said

    def messages(self) -> list[Message]:
        return [message for each in self.events if isinstance(each, Delivered) for message in each.messages]

    def losses(self) -> list[tuple[int, int]]:
        return [(each.first, each.count) for each in self.events if isinstance(each, Lost)]


def make_data(sequence: int, text: bytes, trail: int = 0, kind: int = c.ODATA) -> bytes:
    tsdu = b"\0\0%c\0%b" % (len(text) + 1, text)
    return encode_packet(Header(SPORT, PORT, kind, GSI), Data(sequence, trail, tsdu))


def naks(said: list[tuple[Packet, str | None]]) -> list[tuple[int, ...]]:
    return [each.body.sequences for each, _ in said if isinstance(each.body, Nak)]


def rectify(packet: bytearray) -> bytes:
    packet[6:8] = b"\0\0"
    packet[6:8] = checksum_of(word_sum(packet)).to_bytes(2, "big")
    return bytes(packet)


# --- what libzmq really sent ----------------------------------------------------------------------------------


def replay(name: str) -> Bench:
    packets = read_capture(name)
    port = next(decode_packet(each.payload).header.destination_port for each in packets)
    bench = Bench()
    bench.receiver = Receiver(port, GROUP, ReceiverSettings(), random.Random(1).randbytes)
    start = packets[0].time
    for each in packets:
        while (timer := bench.receiver.next_timer()) is not None and timer < each.time - start + 100:
            bench.receiver.handle_timer(timer)
        bench.now = each.time - start + 100
        bench.hear(each.payload, each.source)
    return bench


@pytest.mark.parametrize(
    ("name", "count"), [("loss_single", 8), ("loss_list", 30), ("loss_tail", 8), ("rawpgm", 8), ("ipv6", 8)]
)
def test_captured_repairs_complete_the_stream(name: str, count: int) -> None:
    bench = replay(name)
    assert [int(message[:8]) for message in bench.messages() if isinstance(message, bytes)] == list(
        range(count)
    )
    assert bench.losses() == []


def test_captured_basic_traffic_is_delivered() -> None:
    bench = replay("basic")
    got = bench.messages()
    assert got[:3] == [b"hello", [b"topic", b"part2", b""], b""]
    assert bench.events[-1].reason is Departure.FIN  # type: ignore[union-attr]


def test_a_captured_loss_for_good_is_reported_and_passed() -> None:
    bench = replay("unrecoverable_rdata")
    numbers = [int(message[:8]) for message in bench.messages() if isinstance(message, bytes)]
    bench.sleep(15)
    numbers = [int(message[:8]) for message in bench.messages() if isinstance(message, bytes)]
    assert numbers == [number for number in range(40) if number != 3]
    assert bench.losses() == [(3, 1)]


def test_captured_fragments_are_put_together() -> None:
    bench = replay("ct_fragment")
    source = bench.receiver.statistics().sources[0]
    assert source.packets == 9
    assert source.lost == 0


@pytest.mark.parametrize("name", PGM_CAPTURES)
def test_mutated_captures_disturb_no_other_sender(name: str) -> None:
    draw = random.Random(name)
    bench = Bench()
    bench.spm(0, -1)
    packets: list[Captured] = read_capture(name)
    sent = 0
    for _ in range(400):
        packet = bytearray(draw.choice(packets).payload)
        for _ in range(draw.randrange(1, 5)):
            packet[draw.randrange(len(packet))] = draw.randrange(256)
        cut = draw.choice((len(packet), len(packet), draw.randrange(len(packet))))
        mutant = bytes(packet[:cut]) if draw.random() < 0.3 or cut < 16 else rectify(packet[:cut])
        bench.hear(mutant, draw.choice(("10.88.0.1", "10.88.0.9")))
        if draw.random() < 0.2:
            bench.data(sent)
            sent += 1
        bench.sleep(0.001)
    ours = [
        message
        for each in bench.events
        if isinstance(each, Delivered) and each.source.gsi == GSI
        for message in each.messages
    ]
    assert ours == [b"%d" % number for number in range(sent)]


# --- repair ---------------------------------------------------------------------------------------------------


def test_a_gap_is_asked_for_at_the_sources_address() -> None:
    bench = Bench()
    bench.spm(0, -1)
    bench.data(0)
    bench.data(3)
    said = bench.sleep(0.006)
    assert naks(said) == [(1, 2)]
    nak, destination = next((packet, to) for packet, to in said if packet.header.type == c.NAK)
    assert destination == SENDER
    assert isinstance(nak.body, Nak)
    assert (nak.body.source, nak.body.group) == (NLA, GROUP)
    assert (nak.header.source_port, nak.header.destination_port, nak.header.gsi) == (PORT, SPORT, GSI)


def test_long_gaps_take_several_naks() -> None:
    bench = Bench()
    bench.data(0)
    bench.data(101)
    asked = naks(bench.sleep(0.006))
    assert [len(each) for each in asked] == [63, 37]
    assert [sequence for each in asked for sequence in each] == list(range(1, 101))


def test_a_gap_is_asked_for_before_any_spm_came() -> None:
    bench = Bench()
    bench.data(0)
    bench.data(2)
    assert naks(bench.sleep(0.006)) == [(1,)]


def test_an_ncf_silences_the_nak() -> None:
    bench = Bench()
    bench.data(0)
    bench.data(2)
    bench.hear(encode_packet(Header(SPORT, PORT, c.NCF, GSI), Nak(1, NLA, GROUP)))
    assert naks(bench.sleep(0.005)) == []
    bench.data(1, kind=c.RDATA)
    assert naks(bench.sleep(1.0)) == []
    assert bench.messages() == [b"0", b"1", b"2"]


def test_another_receivers_nak_silences_ours() -> None:
    bench = Bench()
    bench.data(0)
    bench.data(2)
    bench.hear(encode_packet(Header(PORT, SPORT, c.NAK, GSI), Nak(1, NLA, GROUP)), "10.0.0.9")
    assert naks(bench.sleep(0.005)) == []


@pytest.mark.parametrize("second", ["SPM", "data"])
def test_a_trail_that_passes_a_hole_gives_it_up_as_soon_as_two_packets_say_so(second: str) -> None:
    bench = Bench()
    bench.data(0)
    bench.data(2)
    bench.spm(2, 2)
    assert bench.losses() == []
    bench.spm(2, 2) if second == "SPM" else bench.data(2, trail=2)
    assert bench.messages() == [b"0", b"2"]
    assert bench.losses() == [(1, 1)]
    assert [type(each).__name__ for each in bench.events] == [
        "SourceJoined",
        "Delivered",
        "Lost",
        "Delivered",
    ]


def test_a_hole_is_given_up_after_its_time() -> None:
    bench = Bench(ReceiverSettings(give_up=0.5))
    bench.data(0)
    bench.data(2)
    bench.sleep(1.0)
    assert bench.losses() == [(1, 1)]
    assert bench.messages() == [b"0", b"2"]


def test_a_full_window_gives_the_oldest_hole_up() -> None:
    bench = Bench(ReceiverSettings(window_packets=10))
    bench.data(0)
    for sequence in range(2, 13):
        bench.data(sequence)
    assert bench.losses() == [(1, 1)]
    assert len(bench.messages()) == 12


# --- joining and leaving --------------------------------------------------------------------------------------


def test_an_spm_is_asked_for_when_none_comes() -> None:
    bench = Bench()
    bench.data(5)
    said = [(packet, to) for packet, to in bench.sleep(0.03) if isinstance(packet.body, Spmr)]
    assert [to for _, to in said] == [None, SENDER]


@pytest.mark.parametrize("who", ["source", "receiver"])
def test_an_spm_or_anothers_request_silences_ours(who: str) -> None:
    bench = Bench()
    bench.data(5)
    if who == "source":
        bench.spm(0, 5)
    else:
        bench.hear(encode_packet(Header(PORT, SPORT, c.SPMR, GSI), Spmr()), "10.0.0.9")
    assert not [packet for packet, _ in bench.sleep(0.03) if isinstance(packet.body, Spmr)]


def test_old_spms_are_ignored() -> None:
    bench = Bench()
    bench.spms = 10
    bench.spm(0, -1)
    bench.data(0)
    bench.data(2)
    bench.spms = 5
    bench.spm(2, 2)
    assert bench.losses() == []


def test_a_reset_ends_the_session() -> None:
    bench = Bench()
    bench.data(0)
    bench.spm(0, 0, Reset(1).to_option())
    assert bench.events[-1] == SourceLeft(bench.events[0].source, Departure.RST)
    bench.data(1)
    assert bench.messages() == [b"0"]


def test_a_source_that_left_is_not_brought_back_by_late_packets_but_by_new_ones() -> None:
    bench = Bench()
    bench.data(0)
    for _ in range(3):
        bench.spm(0, 0, Option(c.OPT_FIN))
    bench.data(0)
    assert [type(each) for each in bench.events].count(SourceLeft) == 1
    bench.sleep(6.0)
    bench.spm(0, 0, Option(c.OPT_FIN))
    assert bench.receiver.statistics().sources == ()
    bench.data(1)
    assert bench.messages() == [b"0", b"1"]


def test_a_finished_source_leaves_when_its_holes_are_closed() -> None:
    bench = Bench()
    bench.spm(0, -1)
    bench.spm(0, 1, Option(c.OPT_FIN))
    assert not [each for each in bench.events if isinstance(each, SourceLeft)]
    bench.data(1, kind=c.RDATA)
    bench.data(0, kind=c.RDATA)
    assert bench.messages() == [b"0", b"1"]
    assert isinstance(bench.events[-1], SourceLeft)


def test_a_silent_source_is_forgotten() -> None:
    bench = Bench(ReceiverSettings(source_timeout=5.0))
    bench.data(0)
    bench.sleep(6.0)
    assert isinstance(bench.events[-1], SourceLeft)
    assert bench.events[-1].reason is Departure.TIMEOUT


def test_two_hosts_with_the_same_session_are_told_apart() -> None:
    bench = Bench()
    bench.hear(make_data(0, b"a"), "10.0.0.1")
    bench.hear(make_data(7, b"b"), "10.0.0.2")
    bench.hear(make_data(1, b"c"), "10.0.0.1")
    assert bench.messages() == [b"a", b"b", b"c"]
    assert [type(each) for each in bench.events].count(SourceJoined) == 2


def test_packets_for_another_port_are_ignored() -> None:
    bench = Bench()
    bench.hear(encode_packet(Header(SPORT, 9, c.ODATA, GSI), Data(0, 0, b"\0\0\x02\0a")))
    bench.hear(encode_packet(Header(SPORT, 9, c.SPM, GSI), Spm(0, 0, 0, NLA)))
    assert bench.events == []
    assert bench.receiver.statistics().ignored == 2


# --- polls and reports ----------------------------------------------------------------------------------------


def test_a_poll_that_means_us_is_answered_after_a_delay() -> None:
    bench = Bench()
    bench.data(0)
    everyone = Poll(3, 1, 0, NLA, 10_000, 0, 0)
    bench.hear(encode_packet(Header(SPORT, PORT, c.POLL, GSI), everyone))
    answers = [(packet.body, to) for packet, to in bench.sleep(0.011) if isinstance(packet.body, Polr)]
    assert answers == [(Polr(3, 1), SENDER)]


def test_a_poll_for_others_is_not_answered() -> None:
    bench = Bench()
    bench.data(0)
    bench.hear(encode_packet(Header(SPORT, PORT, c.POLL, GSI), Poll(3, 1, 0, NLA, 0, 0x12345, 0xFFFFFFFF)))
    bench.hear(encode_packet(Header(SPORT, PORT, c.POLL, GSI), Poll(4, 1, 1, NLA, 0, 0, 0)))
    assert not [packet for packet, _ in bench.sleep(0.1) if isinstance(packet.body, Polr)]


def test_reports_go_only_to_those_who_ask() -> None:
    bench = Bench(ReceiverSettings(flow_packets=8))
    bench.spm(0, -1)
    for sequence in range(8):
        bench.data(sequence)
    assert not [packet for packet, _ in bench.said() if isinstance(packet.body, Ack)]
    bench.spm(0, 7, Option(c.OPT_FLOW))
    for sequence in range(8, 12):
        bench.data(sequence)
    acks = [packet.body.rx_max for packet, _ in bench.said() if isinstance(packet.body, Ack)]
    assert acks == [7, 9, 11]


# --- hostile senders ------------------------------------------------------------------------------------------


def test_one_forged_packet_far_ahead_moves_nothing() -> None:
    bench = Bench()
    bench.data(0)
    bench.data(2**30)
    bench.spm(0, 2**29)
    bench.data(1)
    bench.data(2)
    assert bench.messages() == [b"0", b"1", b"2"]
    assert naks(bench.sleep(0.1)) == []


def test_a_stream_that_really_leapt_is_followed() -> None:
    bench = Bench()
    bench.data(0)
    for sequence in range(2**30, 2**30 + 5):
        bench.data(sequence)
        bench.sleep(0.03)
    assert bench.messages() == [b"0", b"%d" % (2**30 + 4)]
    assert bench.losses() == [(1, 2**30 + 3)]


def test_a_stream_that_was_led_astray_is_found_again_by_what_its_source_says() -> None:
    bench = Bench()
    bench.data(0)
    for sequence in range(2**30, 2**30 + 5):
        bench.data(sequence)
        bench.sleep(0.03)
    for sequence in range(1, 5):
        bench.data(sequence)
        bench.spm(0, sequence)
    assert bench.messages()[-2:] == [b"3", b"4"]


def test_a_trail_beyond_the_lead_is_not_believed() -> None:
    bench = Bench()
    bench.data(0)
    bench.data(1, trail=2**30)
    bench.data(2)
    assert bench.messages() == [b"0", b"1", b"2"]
    assert bench.losses() == []


@pytest.mark.parametrize(
    "tsdu",
    [b"\0", b"", b"\x05\x00\x02\x00a", b"\0\0\0\0", b"\0\0" + b"\xff" + b"\xff" * 8 + b"\0"],
    ids=["one octet", "none", "offset past the end", "length zero", "endless message"],
)
def test_what_kills_debians_subscriber_does_not_hurt(tsdu: bytes) -> None:
    bench = Bench()
    bench.data(0)
    bench.hear(encode_packet(Header(SPORT, PORT, c.ODATA, GSI), Data(1, 0, tsdu)))
    bench.data(2)
    assert bench.messages()[0] == b"0"
    assert bench.messages()[-1] == b"2"


def test_a_fragment_of_an_apdu_that_never_ends_is_dropped() -> None:
    bench = Bench()
    bench.data(0)
    option = Fragment(1, 0, 2**32 - 1).to_option()
    bench.hear(encode_packet(Header(SPORT, PORT, c.ODATA, GSI), Data(1, 0, b"\0\0\x02\0a", (option,))))
    bench.data(2)
    assert bench.messages() == [b"0", b"2"]


def test_a_flood_of_invented_sessions_does_not_evict_a_proven_source() -> None:
    bench = Bench(ReceiverSettings(max_sources=16))
    for sequence in range(20):
        bench.data(sequence)
    draw = random.Random(1)
    for _ in range(2000):
        header = Header(draw.randrange(65536), PORT, c.ODATA, draw.randbytes(6))
        bench.hear(encode_packet(header, Data(0, 0, b"\0\0\x02\0a")), f"10.9.0.{draw.randrange(250)}")
    bench.events.clear()
    bench.data(20)
    assert bench.messages() == [b"20"]
    assert len(bench.receiver.statistics().sources) <= 32


def test_parity_parameters_out_of_range_are_ignored() -> None:
    bench = Bench()
    for size in (0, 1, 3, 256, 2**31):
        bench.spm(0, -1, ParityParameters(3, size).to_option())
    bench.data(0)
    bench.data(2)
    assert naks(bench.sleep(0.006)) == [(1,)]


def test_forged_parity_does_not_hurt() -> None:
    bench = Bench()
    bench.spm(0, -1, ParityParameters(1, 4).to_option())
    draw = random.Random(3)
    for sequence in range(60):
        if sequence % 7:
            bench.data(sequence)
        flags = draw.choice((c.OPTIONS_PARITY, c.OPTIONS_PARITY | c.OPTIONS_VAR_PKTLEN))
        body = Data(draw.randrange(80), 0, draw.randbytes(draw.randrange(60)))
        bench.hear(encode_packet(Header(SPORT, PORT, c.RDATA, GSI, flags), body))
    for sequence in range(0, 60, 7):
        bench.data(sequence, kind=c.RDATA)
    assert len(bench.receiver.statistics().sources) == 1


def test_many_datagrams_of_one_buffer_are_read_together() -> None:
    packer = Packer()
    sent: list[Message] = [bytes([number % 256]) * 700 for number in range(200)]
    packer.put(sent)
    run = DataBuilder(GSI, SPORT, PORT, 1428).build(packer.take(10**6), 2**32 - 40, 2**32 - 40, 0.0)
    bench = Bench()
    bench.receiver.receive_datagram(run.data, SENDER, bench.now, run.segment)
    bench.drain()
    assert bench.messages() == sent
    assert bench.receiver.statistics().datagrams == run.count


def test_a_spoilt_packet_in_a_buffer_costs_only_itself() -> None:
    packer = Packer()
    packer.put([bytes([number]) * 1424 for number in range(10)])
    run = DataBuilder(GSI, SPORT, PORT, 1436).build(packer.take(10**6), 0, 0, 0.0)
    spoilt = bytearray(run.data)
    spoilt[run.segment * 4 + 100] ^= 1
    bench = Bench()
    bench.receiver.receive_datagram(bytes(spoilt), SENDER, bench.now, run.segment)
    bench.drain()
    assert len(bench.messages()) == 4
    assert bench.receiver.statistics().malformed == 1
    bench.hear(run.packet(4))
    assert len(bench.messages()) == 10


def routes(bench: Bench, seconds: float) -> list[int]:
    """Let time pass and return the routes of the NAKs."""
    end = bench.now + seconds
    found: list[int] = []
    while (timer := bench.receiver.next_timer()) is not None and timer <= end:
        bench.now = max(timer, bench.now)
        bench.receiver.handle_timer(bench.now)
        found += [each.route for each in bench.receiver.datagrams_to_send() if each.data[4] == c.NAK]
    bench.now = end
    return found


def test_an_unanswered_request_is_repeated_by_other_routes() -> None:
    bench = Bench()
    bench.spm(0, -1)
    bench.data(0)
    bench.data(2)
    assert routes(bench, 0.3)[:4] == [0, 1, 2, 3]


def test_a_route_that_was_answered_is_kept() -> None:
    bench = Bench()
    bench.spm(0, -1)
    bench.data(0)
    bench.data(2)
    confirmation = encode_packet(Header(SPORT, PORT, c.NCF, GSI), Nak(1, NLA, GROUP))
    seen: list[int] = []
    for _ in range(300):
        if asked := routes(bench, 0.001):
            seen += asked
            bench.hear(confirmation)
    assert len(seen) > 3
    assert set(seen) == {0}


# --- a source that repairs only when it is woken (libzmq's) -----------------------------------------------------


def test_each_repair_wakes_the_source_for_the_next() -> None:
    bench = Bench()
    bench.spm(0, -1)
    bench.data(0)
    bench.data(4)
    asked = next(each.body for each, _ in bench.sleep(0.01) if isinstance(each.body, Nak))
    assert asked.sequences == (1, 2, 3)
    bench.hear(encode_packet(Header(SPORT, PORT, c.NCF, GSI), asked))
    bench.data(1, kind=c.RDATA)
    assert naks(bench.sleep(0)) == [(2,)]
    bench.data(2, kind=c.RDATA)
    assert naks(bench.sleep(0)) == [(3,)]
    bench.data(3, kind=c.RDATA)
    assert naks(bench.sleep(1)) == []
    assert bench.messages() == [b"%d" % number for number in range(5)]


def test_a_source_of_ours_needs_no_waking() -> None:
    bench = Bench()
    bench.spm(0, -1, Option(c.OPT_FLOW))
    bench.data(0)
    bench.data(4)
    asked = next(each.body for each, _ in bench.sleep(0.01) if isinstance(each.body, Nak))
    bench.hear(encode_packet(Header(SPORT, PORT, c.NCF, GSI), asked))
    bench.data(1, kind=c.RDATA)
    assert naks(bench.sleep(0.002)) == []


# --- what a packet may cost -----------------------------------------------------------------------------------


def steps(bench: Bench, packet: bytes) -> int:
    """Return how many lines run while a packet is taken."""
    count = lines_of(lambda: bench.receiver.receive_datagram(packet, SENDER, bench.now))
    bench.drain()
    return count


FORGERIES = {
    "one octet": Data(1, 0, b"\0"),
    "offset past the end": Data(1, 0, b"\x05\x00\x02\x00a"),
    "offset of all ones": Data(1, 0, b"\xff\xfe\x02\x00a"),
    "fragment without end": Data(1, 0, b"\0\0\x02\0a", (Fragment(1, 0, 2**32 - 1).to_option(),)),
    "fragment past the end": Data(1, 0, b"\0\0\x02\0a", (Fragment(1, 2**32 - 1, 2**32 - 1).to_option(),)),
    "libzmq's stream in fragments": Data(1, 0, b"\0\0\x09\0abc", (Fragment(1, 0, 10).to_option(),)),
    "frame of no length": Data(1, 0, b"\0\0\0\0\0\0\0\0"),
    "frame without end": Data(1, 0, b"\0\0\xff" + b"\xff" * 8 + b"\0"),
    "sequence far ahead": Data(2**31 - 1, 0, b"\0\0\x02\0a"),
    "trail far ahead": Data(1, 2**31 - 1, b"\0\0\x02\0a"),
}


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("kind", [c.ODATA, c.RDATA])
def test_a_forged_packet_costs_no_more_than_an_honest_gap_and_slows_nothing_after(
    name: str, kind: int
) -> None:
    bench = Bench()
    bench.spm(0, -1)
    bench.data(0)
    assert steps(bench, encode_packet(Header(SPORT, PORT, kind, GSI), FORGERIES[name])) < 1000
    bench.data(1)
    bench.data(2)
    honest = Bench()
    for sequence in range(3):
        honest.data(sequence)
    assert steps(bench, make_data(3, b"3")) < steps(honest, make_data(3, b"3")) + 300


def test_an_option_of_length_zero_costs_next_to_nothing() -> None:
    for kind, body in ((c.ODATA, Data(1, 0, b"\0\0\x02\0a")), (c.SPM, Spm(9, 0, 0, NLA))):
        bench = Bench()
        bench.data(0)
        option = Option(c.OPT_FIN, b"")
        packet = bytearray(encode_packet(Header(SPORT, PORT, kind, GSI), replace(body, options=(option,))))
        packet[packet.index(bytes((c.OPT_FIN | c.OPT_END, 4))) + 1] = 0
        assert steps(bench, rectify(packet)) < 200
        assert bench.receiver.statistics().malformed == 1


def test_a_full_window_of_holes_costs_no_more_for_each_packet() -> None:
    bench = Bench(ReceiverSettings(window_packets=4000))
    bench.data(0)
    for sequence in range(2, 8002, 2):
        bench.data(sequence)
    costs = [steps(bench, make_data(sequence, b"x")) for sequence in range(8002, 8022, 2)]
    assert bench.losses() == [(sequence, 1) for sequence in range(1, 21, 2)]
    # a pass over what is asked for at a time is fine, passes over the window are not
    assert max(costs) < 3000


def test_an_address_of_another_family_is_not_believed() -> None:
    bench = Bench()
    header = Header(SPORT, PORT, c.SPM, GSI)
    bench.hear(encode_packet(header, Spm(1, 0, 0xFFFFFFFF, bytes(15) + b"\1", (Option(c.OPT_FLOW),))))
    bench.hear(encode_packet(Header(SPORT, PORT, c.POLL, GSI), Poll(3, 1, 0, bytes(15) + b"\1", 0, 0, 0)))
    bench.data(0)
    bench.data(2)
    said = bench.sleep(0.1)
    assert {type(packet.body) for packet, _ in said} >= {Ack, Nak, Polr}
    assert {to for _, to in said} <= {SENDER, None}


def test_forged_parity_parameters_hold_until_the_source_speaks_again() -> None:
    bench = Bench()
    bench.spm(0, -1, ParityParameters(c.PARITY_ON_DEMAND, 4).to_option())
    bench.spm(0, -1)
    for sequence in (0, 1, 2, 4, 5, 6, 7, 8):
        bench.data(sequence)
    asked = [packet for packet, _ in bench.sleep(0.006) if isinstance(packet.body, Nak)]
    assert [(each.header.flags & c.OPTIONS_PARITY, each.body.sequences) for each in asked] == [(0, (3,))]  # type: ignore[union-attr]


def test_an_empty_datagram_is_counted() -> None:
    bench = Bench()
    bench.hear(b"")
    assert (bench.receiver.statistics().datagrams, bench.receiver.statistics().malformed) == (1, 1)
