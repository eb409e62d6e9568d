from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.security.z85 import decode_z85, encode_z85

RFC_BYTES = bytes.fromhex("864FD26FB559F75B")


def test_gives_the_text_of_rfc_32() -> None:
    assert encode_z85(RFC_BYTES) == "HelloWorld"
    assert decode_z85("HelloWorld") == RFC_BYTES
    assert decode_z85(b"HelloWorld") == RFC_BYTES


@given(st.binary(max_size=64).map(lambda data: data[: len(data) // 4 * 4]))
def test_round_trip(data: bytes) -> None:
    assert decode_z85(encode_z85(data)) == data


def test_agrees_with_libzmq() -> None:
    from zmq.utils import z85

    data = bytes(range(256))
    assert encode_z85(data).encode() == z85.encode(data)


@pytest.mark.parametrize("data", [b"1", b"123", b"12345"])
def test_refuses_to_encode_lengths_that_are_no_multiple_of_four(data: bytes) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        encode_z85(data)


@pytest.mark.parametrize("text", ["1", "1234", "123456", "1234~", "12 45", "é234", "#####", "%nSc1"])
def test_refuses_text_that_stands_for_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="Z85"):
        decode_z85(text)


def test_decodes_the_largest_group() -> None:
    assert decode_z85("%nSc0") == b"\xff\xff\xff\xff"


@given(st.text(max_size=40) | st.binary(max_size=40))
def test_any_text_decodes_or_raises_value_error(text: str | bytes) -> None:
    try:
        data = decode_z85(text)
    except ValueError:
        return
    assert encode_z85(data).encode() == (text.encode() if isinstance(text, str) else text)
