from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError
from covey.tools.doctor.protocol import decode, encode, proof, uuids_in


def test_a_proof_needs_the_secret_and_the_nonce() -> None:
    assert proof(None, b"answer", "n") == ""
    assert proof(b"k", b"answer", "n") == proof(b"k", b"answer", "n")
    assert len({proof(b"k", b"answer", "n"), proof(b"l", b"answer", "n"), proof(b"k", b"answer", "m")}) == 3


def test_a_message_comes_back() -> None:
    assert decode(encode({"do": "hello"})) == {"do": "hello"}


@pytest.mark.parametrize("wrong", [{}, {"uuids": "x"}, {"uuids": [1]}, {"uuids": ["0" * 32] * 17}])
def test_what_is_no_short_list_of_uuids_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        uuids_in(wrong)


@settings(max_examples=200)
@given(
    st.binary(max_size=64)
    | st.dictionaries(st.text(max_size=4), st.integers()).map(lambda d: json.dumps(d).encode())
)
def test_no_message_escapes(text: bytes) -> None:
    try:
        uuids_in(decode(text))
    except ProtocolError:
        return
