"""Frames: any cut of any stream decodes to the same messages, and nothing but ProtocolError escapes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.transports.zmtp.constants import MAX_FRAMES_PER_MESSAGE
from covey.transports.zmtp.frames import (
    FrameDecoder,
    Message,
    encode_command,
    encode_frame_header,
    encode_messages,
    split_frame,
    wire_size,
)

NO_LIMIT = 1_000_000

small_bodies = st.one_of(st.binary(max_size=40), st.sampled_from([b"", b"x" * 255, b"y" * 256, b"z" * 3000]))
messages = st.lists(
    st.one_of(small_bodies, st.lists(small_bodies, min_size=2, max_size=5)), min_size=1, max_size=60
)


def collect(body: bytes, out: list[Message]) -> None:
    out.append([b"command", body])


def decode(stream: bytes, *, max_size: int = -1, limit: int = NO_LIMIT) -> list[Message]:
    decoder = FrameDecoder(collect, max_size)
    out: list[Message] = []
    decoder.feed(stream, out, limit)
    return out


def cut(stream: bytes, sizes: list[int]) -> Iterator[bytes]:
    position = 0
    for size in sizes:
        yield stream[position : position + size]
        position += size
    yield stream[position:]


@settings(max_examples=200, deadline=None)
@given(messages, st.lists(st.integers(0, 400), max_size=30), st.integers(1, 20))
def test_any_chunking_decodes_to_the_same_messages(sent: list[Message], sizes: list[int], limit: int) -> None:
    decoder = FrameDecoder(collect)
    got: list[Message] = []
    shared = bytearray()
    for chunk in cut(b"".join(encode_messages(sent)), sizes):
        shared[:] = chunk
        data: bytes | memoryview = memoryview(bytes(shared))
        while True:
            some: list[Message] = []
            decoder.feed(data, some, limit)
            got += some
            assert len(some) <= limit
            if not decoder.at_limit:
                break
            data = b""
    assert got == sent
    assert decoder.buffered == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(-1, 300))
def test_garbage_raises_nothing_but_protocol_errors(data: bytes, max_size: int) -> None:
    try:
        for message in decode(data, max_size=max_size):
            frames = [message] if isinstance(message, bytes) else message
            assert max_size < 0 or all(len(frame) <= max_size for frame in frames if frame != b"command")
    except ProtocolError:
        pass


@given(messages)
def test_wire_size_is_what_encoding_makes(sent: list[Message]) -> None:
    assert sum(map(wire_size, sent)) == sum(map(len, encode_messages(sent)))


@pytest.mark.parametrize("size", [0, 1, 32, 255])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 200])
def test_a_run_of_equal_frames_decodes_like_single_ones(size: int, count: int) -> None:
    sent: list[Message] = [bytes([number % 256]) * size for number in range(count)]
    stream = b"".join(encode_messages(sent))
    assert decode(stream) == sent
    assert decode(stream + b"\x00\x03odd") == [*sent, b"odd"]
    assert decode(b"\x00\x03odd" + stream) == [b"odd", *sent]


def test_a_run_broken_by_a_command_keeps_its_order() -> None:
    run = b"\x00\x02ab" * 20
    assert decode(run + encode_command(b"\x04PING") + run) == [
        *[b"ab"] * 20,
        [b"command", b"\x04PING"],
        *[b"ab"] * 20,
    ]


def test_a_run_ends_at_the_limit() -> None:
    decoder = FrameDecoder(collect)
    out: list[Message] = []
    decoder.feed(b"\x00\x02ab" * 50, out, 12)
    assert len(out) == 12
    assert decoder.at_limit
    rest: list[Message] = []
    decoder.feed(b"", rest, NO_LIMIT)
    assert len(rest) == 38
    assert not decoder.at_limit


def test_a_run_of_frames_over_maxmsgsize_is_refused() -> None:
    with pytest.raises(ProtocolError, match="maxmsgsize"):
        decode(b"\x00\x05abcde" * 50, max_size=4)


def test_a_frame_of_exactly_maxmsgsize_passes() -> None:
    assert decode(b"\x00\x05abcde", max_size=5) == [b"abcde"]


@pytest.mark.parametrize("size", [256, 2**62])
def test_an_oversized_frame_is_refused_at_its_header(size: int) -> None:
    with pytest.raises(ProtocolError, match="maxmsgsize"):
        decode(encode_frame_header(size), max_size=255)


def test_a_size_above_2_to_the_63_is_refused_without_a_limit() -> None:
    with pytest.raises(ProtocolError):
        decode(b"\x02" + b"\xff" * 8)


def test_a_huge_announced_size_takes_no_memory() -> None:
    decoder = FrameDecoder(collect)
    decoder.feed(encode_frame_header(2**40) + b"x", [], NO_LIMIT)
    assert decoder.buffered == 1


def test_a_large_frame_arrives_byte_by_byte_in_little_memory() -> None:
    decoder = FrameDecoder(collect)
    out: list[Message] = []
    body = bytes(range(256)) * 12
    for byte in encode_frame_header(len(body)) + body[:-1]:
        decoder.feed(bytes([byte]), out, NO_LIMIT)
    assert len(decoder._body) <= 2
    decoder.feed(body[-1:], out, NO_LIMIT)
    assert out == [body]


def test_a_long_header_with_a_small_size_is_accepted() -> None:
    assert decode(b"\x02" + (3).to_bytes(8, "big") + b"abc") == [b"abc"]


def test_reserved_flag_bits_are_ignored() -> None:
    assert decode(b"\xf8\x01a") == [b"a"]


def test_a_command_with_the_more_bit_is_refused() -> None:
    with pytest.raises(ProtocolError, match="MORE"):
        decode(b"\x05\x01a")


def test_a_message_of_endless_frames_is_refused() -> None:
    with pytest.raises(ProtocolError, match="frames"):
        decode(b"\x01\x00" * (MAX_FRAMES_PER_MESSAGE + 2))


def test_what_came_before_an_error_stays_decoded() -> None:
    decoder = FrameDecoder(collect)
    out: list[Message] = []
    with pytest.raises(ProtocolError):
        decoder.feed(b"\x00\x01a" + b"\x05\x01b", out, NO_LIMIT)
    assert out == [b"a"]


def test_large_bodies_are_passed_on_uncopied() -> None:
    body = bytes(100_000)
    assert any(buffer is body for buffer in encode_messages([b"small", body, b"small"]))


def test_split_frame_waits_for_a_whole_frame() -> None:
    frame = encode_command(b"x" * 300)
    for length in range(len(frame)):
        assert split_frame(frame[:length], 1000) is None
    assert split_frame(frame + b"rest", 1000) == (b"x" * 300, b"rest")


def test_split_frame_refuses_what_is_too_large() -> None:
    with pytest.raises(ProtocolError):
        split_frame(encode_frame_header(1001), 1000)
