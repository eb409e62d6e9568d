from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.gossip.wire import (
    Hello,
    Invalid,
    MalformedGossip,
    Message,
    Ping,
    Pong,
    Publish,
    decode,
    encode,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MESSAGES = st.sampled_from([Hello(), Ping(), Pong(), Invalid()]) | st.builds(
    Publish, TEXT, TEXT, st.integers(0, 2**32 - 1)
)


def test_messages_match_the_grammar() -> None:
    assert encode(Hello()).hex() == "aaa00101"
    assert encode(Ping()).hex() == "aaa00301"
    published = encode(Publish("k", "val", 1000))
    assert published.hex() == "aaa00201" + "016b" + "00000003" + "76616c" + "000003e8"


@given(MESSAGES)
@settings(max_examples=200)
def test_decodes_what_it_encodes(message: Message) -> None:
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xaa\xa0\x01",
        bytes.fromhex("aaa00102"),
        bytes.fromhex("aaa10101"),
        bytes.fromhex("aaa00601"),
        bytes.fromhex("aaa0010100"),
        bytes.fromhex("aaa00201"),
        bytes.fromhex("aaa0020105"),
        bytes.fromhex("aaa00201016bffffffff"),
        bytes.fromhex("aaa00201016b0000000376616c000003"),
        bytes.fromhex("aaa00201016b0000000376616c000003e800"),
        bytes.fromhex("aaa0020101ff0000000376616c000003e8"),
        bytes.fromhex("aaa00201") + b"\x01k" + (5000).to_bytes(4, "big") + bytes(5004),
    ],
)
def test_refuses_what_is_no_gossip(frame: bytes) -> None:
    with pytest.raises(MalformedGossip):
        decode(frame)


@given(st.binary(max_size=40), st.booleans())
@settings(max_examples=300)
def test_garbage_raises_nothing_but_malformed_gossip(data: bytes, is_signed: bool) -> None:
    frame = b"\xaa\xa0\x02\x01" + data if is_signed else data
    try:
        message = decode(frame)
    except MalformedGossip:
        return
    assert encode(message) == frame


def test_tuples_that_are_too_long_are_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        encode(Publish("k" * 256, ""))
    with pytest.raises(ValueError, match="too long"):
        encode(Publish("k", "v" * 5000))
