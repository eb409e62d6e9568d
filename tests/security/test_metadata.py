from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import OptionError, ProtocolError
from covey.security.metadata import MAX_METADATA, MAX_PROPERTIES, decode_metadata, encode_metadata

DEALER = b"\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x03ABC"
NAMES = st.text(st.characters(max_codepoint=255), min_size=1, max_size=20)


def test_writes_what_libzmq_writes() -> None:
    assert encode_metadata({"Socket-Type": b"DEALER", "Identity": b"ABC"}) == DEALER


def test_reads_what_libzmq_writes() -> None:
    assert decode_metadata(DEALER) == {"Socket-Type": b"DEALER", "Identity": b"ABC"}


def test_nothing_is_no_property() -> None:
    assert encode_metadata({}) == b""
    assert decode_metadata(b"") == {}


@given(st.dictionaries(NAMES, st.binary(max_size=300), max_size=8))
def test_round_trip(properties: dict[str, bytes]) -> None:
    assert decode_metadata(encode_metadata(properties)) == properties


def test_first_of_several_equal_names_wins() -> None:
    assert decode_metadata(b"\x01A\x00\x00\x00\x011" + b"\x01A\x00\x00\x00\x012") == {"A": b"1"}


def test_names_are_case_sensitive_and_may_be_empty() -> None:
    data = b"\x01a\x00\x00\x00\x011" + b"\x01A\x00\x00\x00\x012" + b"\x00\x00\x00\x00\x013"
    assert decode_metadata(data) == {"a": b"1", "A": b"2", "": b"3"}


@pytest.mark.parametrize("cut", range(1, len(DEALER)))
def test_a_cut_is_noticed_or_falls_between_properties(cut: int) -> None:
    # Right behind a length, without any of the value, libzmq passes the property over.
    if cut in (16, 22, 35):
        assert decode_metadata(DEALER[:cut]) == ({} if cut == 16 else {"Socket-Type": b"DEALER"})
        return
    with pytest.raises(ProtocolError):
        decode_metadata(DEALER[:cut])


def test_a_stray_byte_at_the_end_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        decode_metadata(DEALER + b"\x00")


def test_two_socket_types_are_one_too_many() -> None:
    dealer = b"\x0bSocket-Type\x00\x00\x00\x06DEALER"
    assert decode_metadata(dealer * 2) == {"Socket-Type": b"DEALER"}
    with pytest.raises(ProtocolError, match="two socket types"):
        decode_metadata(dealer + b"\x0bSocket-Type\x00\x00\x00\x06ROUTER")


def test_a_length_beyond_the_data_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="longer than"):
        decode_metadata(b"\x01A\xff\xff\xff\xff1")


def test_sizes_and_counts_are_bounded_both_ways() -> None:
    too_long = {"A": bytes(MAX_METADATA)}
    too_many = {str(number): b"" for number in range(MAX_PROPERTIES + 1)}
    for properties in (too_long, too_many):
        with pytest.raises(OptionError):
            encode_metadata(properties)
    with pytest.raises(ProtocolError):
        decode_metadata(bytes(MAX_METADATA + 1))
    with pytest.raises(ProtocolError, match="properties"):
        decode_metadata(bytes(5) * (MAX_PROPERTIES + 1))


@pytest.mark.parametrize("name", ["", "n" * 256, "\N{EURO SIGN}"])
def test_refuses_to_write_impossible_names(name: str) -> None:
    with pytest.raises(OptionError):
        encode_metadata({name: b""})


@settings(max_examples=300)
@given(st.binary(max_size=80))
def test_any_bytes_decode_or_raise_protocol_error(data: bytes) -> None:
    try:
        decode_metadata(data)
    except ProtocolError:
        pass
