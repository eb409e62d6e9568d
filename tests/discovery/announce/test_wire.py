"""Cards and notices on the wire."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.discovery.announce.constants import LONGEST_BODY, NO_TOKEN
from covey.discovery.announce.open_sealing import OpenSealing
from covey.discovery.announce.wire import (
    Card,
    Word,
    decode_card,
    decode_notice,
    decode_word,
    encode_card,
    encode_notice,
    encode_word,
)
from covey.errors import ProtocolError

names = st.text(max_size=20)
cards = st.builds(
    Card,
    names,
    st.integers(1, 65535),
    st.integers(0, 65535),
    names,
    st.dictionaries(names, st.text(max_size=50), max_size=4),
    st.lists(names, max_size=5).map(tuple),
    st.integers(0, 2**32 - 1),
    st.integers(0, 3_600_000).map(lambda ms: ms / 1000),
    st.none() | st.binary(min_size=32, max_size=32).filter(any),
    st.lists(names, max_size=5).map(tuple),
)


@given(cards)
def test_a_card_survives(card: Card) -> None:
    encoded = encode_card(card)
    assert encoded is not None
    assert decode_card(encoded + b"later additions") == card


def test_a_card_that_says_nothing_of_services_has_none() -> None:
    card = Card("n", 1, 2, groups=("g",), services=("s",))
    encoded = encode_card(card)
    assert encoded is not None
    assert encoded.endswith(b"\x00\x01\x01g\x00\x01\x01s")
    assert decode_card(encoded[:-4]) == Card("n", 1, 2, groups=("g",))


@given(st.binary(max_size=300))
def test_any_content_is_a_card_or_a_protocol_error(content: bytes) -> None:
    try:
        decode_card(content)
    except ProtocolError:
        pass


@given(cards, st.data())
def test_a_damaged_card_is_a_card_or_a_protocol_error(card: Card, data: st.DataObject) -> None:
    encoded = bytearray(encode_card(card) or b"")
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] = data.draw(st.integers(0, 255))
    try:
        decode_card(bytes(encoded[: data.draw(st.integers(0, len(encoded)))]))
    except ProtocolError:
        pass


def test_what_is_too_long_is_no_card() -> None:
    assert encode_card(Card("n", 1, 1, headers={"h": "x" * LONGEST_BODY})) is None
    assert encode_card(Card("n", 1, 1, groups=tuple(f"group {number}" for number in range(200)))) is None


def test_a_card_needs_a_port() -> None:
    with pytest.raises(ProtocolError, match="without a port"):
        decode_card(encode_card(Card("n", 0, 1)) or b"")


def test_a_notice_survives_and_a_short_one_is_refused() -> None:
    body = encode_notice((1, 2), UUID(int=7).bytes, 9, (b"t" * 8, b""), b"rest")
    notice = decode_notice(body)
    assert (notice.kind, notice.flags, notice.uuid, notice.sequence) == (1, 2, UUID(int=7), 9)
    assert (notice.token, notice.echo, notice.content) == (b"t" * 8, NO_TOKEN, b"rest")
    with pytest.raises(ProtocolError):
        decode_notice(body[:41])


def test_a_word_survives_and_a_short_one_is_refused() -> None:
    word = Word(UUID(int=3), 1.25)
    assert decode_word(encode_word(word)) == word
    with pytest.raises(ProtocolError):
        decode_word(encode_word(word)[:-1])


@given(st.binary(max_size=200), st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_open_datagram_is_not_opened(body: bytes, at: int, change: int) -> None:
    sealing = OpenSealing()
    datagram = bytearray(sealing.seal(body))
    assert sealing.open(bytes(datagram)) == body
    datagram[at % len(datagram)] ^= change
    assert sealing.open(bytes(datagram)) is None


@given(st.binary(max_size=64))
def test_garbage_is_not_opened(datagram: bytes) -> None:
    assert OpenSealing().open(datagram) is None


def test_the_vector_of_the_specification() -> None:
    card = Card("n", 5, 6, "lab", {"k": "v"}, ("g",), 1, 1.0)
    body = encode_notice((1, 1), UUID(int=1).bytes, 2, (b"\x01" * 8, b"\x02" * 8), encode_card(card) or b"")
    assert OpenSealing().seal(body).hex() == VECTOR


VECTOR = (
    "435641010101000000000000000000000000000000010000000000000002010101010101010102020202020202020005"
    "0006000003e8000000010000000000000000000000000000000000000000000000000000000000000000016e036c6162"
    "0001016b000176000101670000f25b25b0"
)
