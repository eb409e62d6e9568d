"""The ZRE codec."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.mesh.zre.constants import MAX_GROUPS, MAX_HEADERS
from covey.mesh.zre.wire import (
    Doubt,
    Elect,
    Goodbye,
    Hello,
    Join,
    Leader,
    Leave,
    Message,
    Ping,
    PingOk,
    ShoutMessage,
    Vouch,
    WhisperMessage,
    decode,
    encode,
    fits_string,
)

EVERY_MESSAGE: list[Message] = [
    Hello("tcp://10.0.0.1:49152", ("a", "b" * 300), 255, "näme", {"X-K": "v" * 1000, "": ""}),
    Hello(""),
    WhisperMessage((b"", b"x" * 100_000)),
    ShoutMessage("group", (b"1", b"2")),
    Join("g", 1),
    Leave("g" * 255, 255),
    Ping(),
    PingOk(),
    Elect("g", "F" * 32),
    Leader("g", "0" * 32),
    Goodbye(),
    Doubt(UUID(int=7)),
    Vouch(UUID(int=7), 1.25),
]


@pytest.mark.parametrize("message", EVERY_MESSAGE, ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("sequence", [0, 1, 65535])
def test_every_message_survives_a_round_trip(message: Message, sequence: int) -> None:
    assert decode(encode(message, sequence)) == (message, sequence)


def test_hello_has_the_octets_of_the_specification() -> None:
    hello = Hello("tcp://1.2.3.4:5", ("G",), 7, "N", {"K": "V"})
    assert encode(hello, 1) == [
        b"\xaa\xa1\x01\x02\x00\x01"
        b"\x0ftcp://1.2.3.4:5"
        b"\x00\x00\x00\x01\x00\x00\x00\x01G"
        b"\x07"
        b"\x01N"
        b"\x00\x00\x00\x01\x01K\x00\x00\x00\x01V"
    ]


def test_shout_carries_content_in_frames_of_its_own() -> None:
    assert encode(ShoutMessage("G", (b"x", b"y")), 258) == [b"\xaa\xa1\x03\x02\x01\x02\x01G", b"x", b"y"]


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b""],
        [b"\xaa\xa1\x06\x02\x00"],
        [b"\xaa\xa0\x06\x02\x00\x01"],
        [b"\xaa\xa1\x06\x03\x00\x01"],
        [b"\xaa\xa1\x0b\x02\x00\x01"],
        [b"\xaa\xa1\x00\x02\x00\x01"],
        [b"\xaa\xa1\x04\x02\x00\x01\x02g\x01"],
        [b"\xaa\xa1\x04\x02\x00\x01\x01g"],
        [b"\xaa\xa1\x04\x02\x00\x01\x01\xff\x01"],
        [b"\xaa\xa1\x01\x02\x00\x01\x00\xff\xff\xff\xff"],
        [b"\xaa\xa1\x01\x02\x00\x01\x00\x00\x00\x00\x01\xff\xff\xff\xff"],
        [
            b"\xaa\xa1\x01\x02\x00\x01\x00"
            + (MAX_GROUPS + 1).to_bytes(4, "big")
            + bytes(4 * (MAX_GROUPS + 1) + 6)
        ],
        [
            b"\xaa\xa1\x01\x02\x00\x01"
            + bytes(7)
            + (MAX_HEADERS + 1).to_bytes(4, "big")
            + bytes(5 * MAX_HEADERS + 5)
        ],
        [b"\xaa\xa1\x06\x02\x00\x01" + bytes(1 << 20)],
    ],
    ids=lambda frames: frames[0][:16].hex() if frames else "no frame",
)
def test_broken_frames_are_refused(frames: list[bytes]) -> None:
    with pytest.raises(ProtocolError):
        decode(frames)


def test_octets_after_the_last_field_are_ignored() -> None:
    assert decode([b"\xaa\xa1\x06\x02\x00\x09more"]) == (Ping(), 9)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 11))
def test_no_octets_raise_anything_but_a_protocol_error(tail: bytes, number: int) -> None:
    for first in (tail, b"\xaa\xa1" + bytes((number,)) + b"\x02" + tail):
        try:
            decode([first, b"content"])
        except ProtocolError:
            pass


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60),
    st.lists(st.text(max_size=20), max_size=5),
    st.integers(0, 255),
    st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=5),
)
def test_any_hello_survives_a_round_trip(
    name: str, groups: list[str], status: int, headers: dict[str, str]
) -> None:
    hello = Hello("tcp://10.0.0.1:1", tuple(groups), status, name, headers)
    assert decode(encode(hello, 1)) == (hello, 1)


def test_a_string_beyond_255_octets_is_refused_before_sending() -> None:
    assert fits_string("é" * 127)
    assert not fits_string("é" * 128)
    with pytest.raises(ValueError, match="255"):
        encode(Join("é" * 128, 1), 1)
    assert not fits_string("\ud800")
