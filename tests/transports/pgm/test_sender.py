from __future__ import annotations

import random

import pytest

from covey.transports.pgm import constants as c
from covey.transports.pgm.sender import Sender
from covey.transports.pgm.session import Session
from covey.transports.pgm.settings import ParitySettings, SenderSettings
from covey.transports.pgm.wire import Data, Header, Nak, Packet, Spm, Spmr, decode_packet, encode_packet
from covey.transports.pgm.wire.option_types import NakList
from covey.transports.pgm.wire.options import find_option

NLA, GROUP, PORT = bytes((10, 0, 0, 1)), bytes((239, 192, 1, 1)), 5555
SESSION = Session(b"abcdef", 777, PORT, NLA, GROUP)


class Bench:
    def __init__(self, settings: SenderSettings | None = None) -> None:
        self.now = 100.0
        self.sender = Sender(SESSION, settings or SenderSettings(flow=False), self.now)

    def said(self) -> list[Packet]:
        packets: list[Packet] = []
        while (out := self.sender.next_datagrams(self.now)) is not None:
            assert len(out.data) <= 65_507
            packets += [
                decode_packet(out.data[start : start + out.segment])
                for start in range(0, len(out.data), out.segment)
            ]
        return packets

    def sleep(self, seconds: float) -> list[Packet]:
        end, said = self.now + seconds, self.said()
        while (timer := self.sender.next_timer()) is not None and timer <= end:
            self.now = max(timer, self.now)
            self.sender.handle_timer(self.now)
            said += self.said()
        self.now = end
        return said

    def nak(self, *sequences: int, flags: int = 0, group: bytes = GROUP, gsi: bytes = b"abcdef") -> None:
        options = (NakList(sequences[1:]).to_option(),) if len(sequences) > 1 else ()
        body = Nak(sequences[0], NLA, group, options)
        packet = encode_packet(Header(PORT, 777, c.NAK, gsi, flags), body)
        self.sender.receive_datagram(packet, "10.0.0.2", self.now)


def kinds(packets: list[Packet]) -> list[int]:
    return [each.header.type for each in packets]


def test_it_opens_with_three_spms_of_an_empty_window() -> None:
    packets = Bench().sleep(0.002)
    assert kinds(packets) == [c.SPM] * 3
    assert [each.body for each in packets if isinstance(each.body, Spm)] == [
        Spm(number, 0, 0xFFFFFFFF, NLA) for number in range(3)
    ]


def test_small_messages_share_a_packet() -> None:
    bench = Bench()
    bench.sleep(0.002)
    bench.sender.put([b"one", b"two", [b"three", b"four"]])
    (packet,) = bench.said()
    assert isinstance(packet.body, Data)
    assert packet.body.tsdu == b"\0\0\x04\0one\x04\0two\x06\x01three\x05\0four"


def test_a_nak_is_confirmed_first_and_repaired_then() -> None:
    bench = Bench()
    bench.sender.put([bytes(5000)])
    bench.sleep(0.002)
    bench.nak(2, 3)
    packets = bench.said()
    assert kinds(packets) == [c.NCF, c.RDATA, c.RDATA]
    assert isinstance(packets[0].body, Nak)
    assert packets[0].body.sequences == (2, 3)
    assert packets[0].header.source_port == 777


def test_what_was_just_repaired_is_only_confirmed() -> None:
    bench = Bench()
    bench.sender.put([b"x"])
    bench.sleep(0.002)
    bench.nak(0)
    bench.said()
    bench.nak(0)
    assert kinds(bench.said()) == [c.NCF]
    bench.now += 0.01
    bench.nak(0)
    assert c.RDATA in kinds(bench.said())


def test_a_nak_for_what_is_gone_is_answered_by_the_window() -> None:
    bench = Bench(SenderSettings(flow=False, window_octets=2000))
    for _ in range(5):
        bench.sender.put([bytes(1000)])
        bench.said()
    bench.now += 0.002
    bench.nak(0)
    packets = bench.said()
    assert kinds(packets)[:2] == [c.NCF, c.SPM]
    assert isinstance(packets[1].body, Spm)
    assert packets[1].body.trail > 0
    assert bench.sender.statistics().unrepairable == 1


@pytest.mark.parametrize("wrong", [{"group": bytes(4)}, {"gsi": b"zzzzzz"}])
def test_naks_that_are_not_for_us_are_ignored(wrong: dict[str, bytes]) -> None:
    bench = Bench()
    bench.sender.put([b"x"])
    bench.sleep(0.002)
    bench.nak(0, **wrong)  # type: ignore[arg-type]
    assert bench.said() == []


def test_an_spm_request_is_answered_at_once_but_not_more_often_than_needed() -> None:
    bench = Bench()
    bench.sleep(0.1)
    request = encode_packet(Header(PORT, 777, c.SPMR, b"abcdef"), Spmr())
    bench.now += 0.01
    bench.said()
    bench.now += 0.002
    for _ in range(100):
        bench.sender.receive_datagram(request, "10.0.0.2", bench.now)
    assert kinds(bench.said()) == [c.SPM]


def test_noise_is_counted_and_dropped() -> None:
    bench = Bench()
    bench.sender.receive_datagram(b"noise", "10.0.0.2", bench.now)
    assert bench.sender.statistics().malformed == 1


def test_an_announced_lead_was_really_sent() -> None:
    bench = Bench(SenderSettings(flow=False, rate=100_000.0, segments=2))
    bench.sender.put([bytes(1400)] * 200)
    highest = -1
    for packet in bench.sleep(1.0):
        if isinstance(packet.body, Data):
            highest = packet.body.sequence
        elif isinstance(packet.body, Spm) and highest >= 0:
            assert packet.body.lead == highest


def test_proactive_parity_follows_each_group() -> None:
    bench = Bench(SenderSettings(flow=False, parity=ParitySettings(4, proactive=2)))
    bench.sender.put([bytes(1426 * 6 - 10)])
    packets = [each for each in bench.sleep(0.002) if each.header.type != c.SPM]
    parity = [each for each in packets if each.header.flags & c.OPTIONS_PARITY]
    assert [each.header.type for each in parity] == [c.ODATA] * 2
    assert [each.body.sequence for each in parity if isinstance(each.body, Data)] == [0, 1]


def test_parity_is_sent_on_demand_and_never_the_same_twice() -> None:
    bench = Bench(SenderSettings(flow=False, parity=ParitySettings(4)))
    bench.sender.put([bytes(1426 * 8 - 10)])
    spm = bench.sleep(0.002)[0]
    assert isinstance(spm.body, Spm)
    assert find_option(spm.body.options, c.OPT_PARITY_PRM) is not None
    sent = set()
    for _ in range(3):
        bench.nak(4 + 2 - 1, flags=c.OPTIONS_PARITY)
        for each in bench.sleep(0.01):
            if isinstance(each.body, Data):
                assert each.header.flags & c.OPTIONS_PARITY
                sent.add((each.body.sequence, each.body.options))
    assert len(sent) == 6


def test_a_flood_of_naks_is_answered_within_bounds() -> None:
    bench = Bench()
    bench.sender.put([bytes(1400 * 100)])
    bench.sleep(0.002)
    draw = random.Random(1)
    for _ in range(5000):
        bench.nak(*draw.sample(range(100), 20))
    packets = bench.said()
    assert len([each for each in packets if each.header.type == c.RDATA]) <= 100
    assert len([each for each in packets if each.header.type == c.NCF]) <= 1024


def test_closing_sends_what_is_queued_and_then_says_so() -> None:
    bench = Bench()
    bench.sleep(0.002)
    bench.sender.put([b"last"])
    bench.sender.close(bench.now)
    packets = bench.sleep(0.05)
    assert kinds(packets)[:4] == [c.ODATA] + [c.SPM] * 3
    fin = packets[1].body
    assert isinstance(fin, Spm)
    assert find_option(fin.options, c.OPT_FIN) is not None
    bench.sleep(1.1)
    assert bench.sender.is_done


def test_naks_keep_a_closed_sender_alive() -> None:
    bench = Bench()
    bench.sender.put([b"last"])
    bench.sender.close(bench.now)
    for _ in range(5):
        bench.sleep(0.8)
        bench.nak(0)
    assert not bench.sender.is_done


def test_the_window_forgets_with_time() -> None:
    bench = Bench(SenderSettings(flow=False, window_seconds=2.0))
    bench.sender.put([b"x"])
    bench.sleep(0.1)
    assert bench.sender.statistics().window_packets == 1
    bench.sleep(20.0)
    assert bench.sender.statistics().window_packets == 0


def test_a_generated_session_has_a_random_identity() -> None:
    draw = random.Random(1)
    first, second = (Session.generate(PORT, NLA, GROUP, draw.randbytes) for _ in range(2))
    assert first != second
    assert 1 <= first.source_port <= 65535
