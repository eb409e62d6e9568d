from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.tools.output import data_fields, data_text, write_json


@given(st.binary(max_size=64))
def test_any_payload_is_one_printable_line(data: bytes) -> None:
    assert data_text(data).isprintable()


@given(st.binary(max_size=64))
def test_json_gives_every_payload_back(data: bytes) -> None:
    fields = json.loads(json.dumps(data_fields(data)))
    if "data" in fields:
        assert fields["data"].encode() == data
    else:
        assert base64.b64decode(fields["data_base64"]) == data


def test_odd_bytes_show_as_escapes() -> None:
    assert data_text(b"21.5\xff\x00") == r"21.5\xff\x00"


def test_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"event": "whisper", "data": "two\nlines, Küche"})
    assert capsys.readouterr().out == '{"event": "whisper", "data": "two\\nlines, Küche"}\n'
