"""What is whispered about services, on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.mesh.headers import SERVICE_WORD
from covey.mesh.services.wire import Answer, Ask, Failure, Forget, Offers, Said, decode, encode

texts = st.text(max_size=60)
numbers = st.integers(0, 2**64 - 1)
said = st.one_of(
    st.builds(Offers, st.lists(texts, max_size=5).map(tuple)),
    st.builds(Ask, numbers, texts, st.integers(0, 2**32 - 1).map(lambda ms: ms / 1000), st.binary()),
    st.builds(Answer, numbers, st.binary()),
    st.builds(Failure, numbers, st.integers(0, 255), texts),
    st.builds(Forget, numbers),
)


@given(said)
def test_what_is_said_survives(one: Said) -> None:
    frames = encode(one)
    assert frames[0] == SERVICE_WORD
    assert decode(frames) == one
    assert decode([frames[0], frames[1] + b"later additions", *frames[2:]]) == one


@given(st.binary(max_size=64), st.binary(max_size=8))
def test_anything_is_something_or_a_protocol_error(head: bytes, data: bytes) -> None:
    try:
        decode([SERVICE_WORD, head, data])
    except ProtocolError:
        pass


@given(said, st.data())
def test_what_is_cut_off_is_refused(one: Said, data: st.DataObject) -> None:
    frames = encode(one)
    with pytest.raises(ProtocolError):
        decode([frames[0], frames[1][: data.draw(st.integers(0, len(frames[1]) - 1))]])


def test_the_vectors_of_the_specification() -> None:
    ask = encode(Ask(1, "echo", 30.0, b"hi"))
    assert [frame.hex() for frame in ask[1:]] == ["02000000000000000100007530046563686f", "6869"]
    assert encode(Answer(1, b"ho"))[1:] == [bytes.fromhex("030000000000000001"), b"ho"]
    assert encode(Offers(("a", "b")))[1].hex() == "01000201610162"


def test_long_reasons_are_cut_and_short_patience_is_not_none() -> None:
    failure = decode(encode(Failure(1, 4, "x" * 1000)))
    assert isinstance(failure, Failure)
    assert failure.reason == "x" * 255
    ask = decode(encode(Ask(1, "s", 0.0001, b"")))
    assert isinstance(ask, Ask)
    assert ask.patience == 0.001
