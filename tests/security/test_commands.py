from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.security.commands import decode_error, encode_error, make_command, printable, split_command


def test_a_command_is_a_counted_name_and_data() -> None:
    assert make_command(b"READY", b"data") == b"\x05READYdata"
    assert split_command(b"\x05READYdata") == (b"READY", b"data")
    assert split_command(b"\x00data") == (b"", b"data")


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x05READ"])
def test_a_body_shorter_than_its_name_is_an_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        split_command(body)


def test_an_error_carries_its_reason() -> None:
    assert encode_error("400") == b"\x05ERROR\x03400"
    assert decode_error(b"\x03400") == "400"
    assert decode_error(b"\x00") == ""
    assert len(encode_error("x" * 300)) == 1 + 5 + 1 + 255


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x0212 "])
def test_an_error_whose_length_is_wrong_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_error(data)


def test_a_reason_cannot_command_a_terminal() -> None:
    assert decode_error(b"\x06\x1b[31mX") == "\\x1b[31mX"


@given(st.binary(max_size=60))
def test_printable_text_is_printable(text: bytes) -> None:
    assert printable(text).isprintable()
