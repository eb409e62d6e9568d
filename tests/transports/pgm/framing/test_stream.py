from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.transports.pgm.constants import NO_BOUNDARY
from covey.transports.pgm.framing import Message, Packer, Unpacker
from covey.transports.pgm.wire import Data, decode_packet
from tests.transports.pgm.pcap import read_capture

CAPACITY = 1426

Tsdu = tuple[int, bytes]


def pack(messages: list[Message], capacity: int = CAPACITY, limit: int = 10 * CAPACITY) -> list[Tsdu]:
    """Return (offset, stream octets) of every TSDU."""
    packer = Packer()
    packer.put(messages)
    result: list[Tsdu] = []
    while packer.octets:
        stretch = packer.take(limit)
        result += [
            (offset, bytes(stretch.data[index * capacity : (index + 1) * capacity]))
            for index, offset in enumerate(stretch.offsets(capacity))
        ]
    assert len(packer) == 0
    return result


def unpack(tsdus: list[Tsdu], unpacker: Unpacker | None = None) -> list[Message]:
    unpacker = unpacker or Unpacker(2**31 - 1)
    for offset, data in tsdus:
        unpacker.feed(data, -1 if offset == NO_BOUNDARY else offset)
    return unpacker.messages


frames = st.one_of(st.binary(max_size=40), st.integers(0, 4000).map(bytes))
messages = st.lists(st.one_of(frames, st.lists(frames, min_size=1, max_size=4)), max_size=60)


def one_frame_is_bare(message: Message) -> Message:
    return message[0] if isinstance(message, list) and len(message) == 1 else message


@given(messages, st.sampled_from([20, 100, CAPACITY]), st.integers(1, 8))
def test_messages_survive_the_round_trip(sent: list[Message], capacity: int, packets: int) -> None:
    assert unpack(pack(sent, capacity, packets * capacity)) == [one_frame_is_bare(each) for each in sent]


@settings(max_examples=300)
@given(messages, st.integers(0, 200), st.integers(1, 5))
def test_after_a_loss_messages_are_whole_or_absent(sent: list[Message], at: int, count: int) -> None:
    expected = [one_frame_is_bare(each) for each in sent]
    tsdus = pack(sent, 100, 1000)
    unpacker = Unpacker(2**31 - 1)
    unpack(tsdus[:at], unpacker)
    unpacker.leave()
    unpack(tsdus[at + count :], unpacker)
    got = unpacker.messages
    position = 0
    for each in got:
        position = expected.index(each, position) + 1
    assert len(got) <= len(expected)


def test_a_late_joiner_starts_with_a_whole_message() -> None:
    tsdus = pack([bytes(5000), b"second", b"third"], limit=CAPACITY)
    assert [offset for offset, _ in tsdus] == [0, NO_BOUNDARY, NO_BOUNDARY, 732]
    assert unpack(tsdus[1:]) == [b"second", b"third"]


def test_the_end_of_a_message_in_an_unfilled_packet_is_a_boundary() -> None:
    tsdus = pack([bytes(5000)])
    assert tsdus[-1][0] == len(tsdus[-1][1])
    unpacker = Unpacker(1 << 20)
    unpack(tsdus[-1:], unpacker)
    assert unpacker.is_joined
    assert unpack(pack([b"next"]), unpacker) == [b"next"]


def test_the_end_of_a_message_at_the_end_of_a_full_packet_is_none() -> None:
    assert pack([bytes(CAPACITY * 2 - 10)])[-1][0] == NO_BOUNDARY


@pytest.mark.parametrize("size", [0, 1, 32, 253, 254, 255, 1024, 70_000])
def test_many_equal_messages_take_the_fast_path_to_the_same_octets(size: int) -> None:
    sent: list[Message] = [bytes([number % 251]) * size for number in range(100)]
    slow = b"".join(data for message in sent for _, data in pack([message]))
    assert b"".join(data for _, data in pack(sent)) == slow
    assert unpack(pack(sent)) == sent


def test_mixed_traffic_around_equal_runs_is_kept_in_order() -> None:
    draw = random.Random(5)
    sent: list[Message] = []
    for _ in range(40):
        sent += [bytes([draw.randrange(256)]) * 32] * draw.randrange(80)
        sent += draw.choice([[b""], [bytes(300)], [[b"topic", bytes(32), b""]]])
    assert unpack(pack(sent, limit=3 * CAPACITY)) == sent


def test_the_queue_counts_its_octets() -> None:
    packer = Packer()
    packer.put([b"abc", [b"a", bytes(254)], b""])
    assert packer.octets == 5 + 3 + 264 + 2
    packer.put([bytes(32)] * 9)
    assert packer.octets == 274 + 9 * 34
    taken = packer.take(100)
    assert packer.octets == 274 + 9 * 34 - len(taken.data)


def test_a_long_queue_is_not_kept_after_it_was_sent() -> None:
    packer = Packer()
    packer.put([bytes(32)] * 20_000)
    while packer.octets:
        packer.take(CAPACITY)
    assert len(packer) == 0


def test_the_captured_streams_are_read_and_written_alike() -> None:
    stream = [
        decode_packet(each.payload).body
        for each in read_capture("basic")
        if decode_packet(each.payload).header.type == 4
    ]
    tsdus = [
        (int.from_bytes(body.tsdu[:2], "big"), body.tsdu[2:]) for body in stream if isinstance(body, Data)
    ]
    got = unpack(tsdus)
    assert got[:3] == [b"hello", [b"topic", b"part2", b""], b""]
    assert got[3:8] == [b"burst%d" % number for number in range(5)]
    assert [len(each) for each in got[8:10]] == [256, 5000]
    assert unpack(pack(got)) == got
    assert pack(got[9:10], limit=CAPACITY * 4) == tsdus[5:9]


class TestHostileStreams:
    def test_a_length_of_zero_makes_the_receiver_join_again(self) -> None:
        unpacker = Unpacker(1000)
        unpacker.feed(b"\x02\0a\0\0", 0)
        assert unpacker.messages == [b"a"]
        assert not unpacker.is_joined
        assert unpacker.resyncs == 1
        assert unpack(pack([b"b"]), unpacker) == [b"a", b"b"]

    def test_a_message_above_the_limit_is_not_awaited(self) -> None:
        unpacker = Unpacker(1000)
        unpacker.feed(b"\xff" + (1 << 60).to_bytes(8, "big") + b"\0" + bytes(50), 0)
        assert not unpacker.is_joined

    def test_a_multipart_message_above_the_limit_is_dropped(self) -> None:
        unpacker = Unpacker(1000)
        unpack(pack([[bytes(900), bytes(200)], b"x"]), unpacker)
        assert unpacker.messages == []

    def test_endless_empty_frames_are_dropped(self) -> None:
        unpacker = Unpacker(1000)
        unpacker.feed(b"\x01\x01" * 70_000, 0)
        assert not unpacker.is_joined
        assert unpacker.frames == []

    def test_an_invented_length_swallows_nothing_beyond_the_next_boundary(self) -> None:
        unpacker = Unpacker(2**31)
        unpacker.feed(b"\xff" + (1 << 30).to_bytes(8, "big") + b"\0forged", 0)
        assert unpack(pack([b"real"]), unpacker) == [b"real"]
        assert unpacker.resyncs == 1

    @given(st.lists(st.tuples(st.binary(max_size=60), st.integers(-1, 70)), max_size=20))
    def test_noise_is_survived(self, noise: list[tuple[bytes, int]]) -> None:
        unpacker = Unpacker(1000)
        for data, start in noise:
            unpacker.feed(data, min(start, len(data)))
        unpacker.leave()
        assert unpack(pack([b"real"]), unpacker)[-1] == b"real"
