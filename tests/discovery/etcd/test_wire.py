from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.etcd.wire import (
    Change,
    Entry,
    decode_lease,
    decode_news,
    decode_object,
    decode_page,
    decode_ttl,
    end_of_prefix,
    range_request,
    watch_request,
)
from covey.errors import ProtocolError


def b64(text: bytes) -> str:
    return base64.b64encode(text).decode()


def test_a_prefix_ends_where_no_key_with_it_can_be() -> None:
    assert end_of_prefix(b"/covey/") == b"/covey0"


def test_requests_carry_base64_and_decimal_strings() -> None:
    request = range_request(b"a", b"b", 5, 7)
    assert (request["key"], request["range_end"], request["limit"], request["revision"]) == (
        "YQ==",
        "Yg==",
        "5",
        "7",
    )
    wish = watch_request(b"a", b"b", 8)["create_request"]
    assert isinstance(wish, dict)
    assert wish["start_revision"] == "8"


def test_a_page_is_read() -> None:
    page = decode_page(
        {"header": {"revision": "9"}, "kvs": [{"key": b64(b"k"), "value": b64(b"v")}], "more": True}
    )
    assert (page.entries, page.has_more, page.revision) == ((Entry(b"k", b"v"),), True, 9)
    assert decode_page({}).entries == ()


def test_news_are_read() -> None:
    events = [{"kv": {"key": b64(b"k"), "value": b64(b"v")}}, {"type": "DELETE", "kv": {"key": b64(b"k")}}]
    assert decode_news({"result": {"events": events}}).changes == (Change(b"k", b"v"), Change(b"k", None))
    assert decode_news({"result": {"canceled": True, "compact_revision": "3"}}).compacted
    refused = decode_news({"error": {"message": "no leader"}})
    assert (refused.is_canceled, refused.reason) == (True, "no leader")


def test_leases_are_read() -> None:
    assert decode_lease({"ID": "123", "TTL": "5"}) == 123
    assert decode_ttl({"result": {"ID": "1", "TTL": "5"}}) == 5
    assert decode_ttl({"result": {"ID": "1"}}) == 0
    with pytest.raises(ProtocolError):
        decode_lease({})
    with pytest.raises(ProtocolError):
        decode_ttl({"error": "x"})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["result", "events", "kv", "kvs", "key", "value", "header", "revision", "ID", "TTL"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(_JSON | st.binary(max_size=64))
def test_no_answer_escapes_but_as_a_protocol_error(answer: object) -> None:
    text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    for decode in (decode_page, decode_news, decode_lease, decode_ttl):
        try:
            decode(decode_object(text))
        except ProtocolError:
            continue
