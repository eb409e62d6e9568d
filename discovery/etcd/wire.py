"""What goes to etcd's JSON gateway and what comes back: encode and decode, nothing else.

Keys and values are base64 in JSON, 64-bit numbers are decimal strings, and what is zero or empty is left
out (proto3's mapping to JSON). Streams answer with a line per message, `{"result": ...}` or `{"error": ...}`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from covey.errors import ProtocolError
from covey.values import frozen

__all__ = [
    "Change",
    "Entry",
    "News",
    "Page",
    "decode_lease",
    "decode_news",
    "decode_object",
    "decode_page",
    "decode_ttl",
    "end_of_prefix",
    "put_request",
    "range_request",
    "watch_request",
]


@frozen
class Entry:
    """A key and its value."""

    key: bytes
    value: bytes


@frozen
class Page:
    """A part of what the store holds under a prefix."""

    entries: tuple[Entry, ...]
    has_more: bool
    revision: int
    """Of the store when it answered."""


@frozen
class Change:
    """What happened to a key."""

    key: bytes
    value: bytes | None
    """None when it was deleted, or its lease ran out."""


@frozen
class News:
    """One message of a watch."""

    changes: tuple[Change, ...] = ()
    is_canceled: bool = False
    reason: str = ""
    compacted: bool = False
    """The revision to start from is no longer kept: what is there must be asked for anew."""


def end_of_prefix(prefix: bytes) -> bytes:
    """Return the first key behind all keys that begin with a prefix (which does not end in 0xff)."""
    return prefix[:-1] + bytes([prefix[-1] + 1])


def range_request(start: bytes, end: bytes, limit: int, revision: int) -> dict[str, object]:
    """Return the question for the entries from `start` to before `end`; revision 0 for now."""
    return {
        "key": _base64(start),
        "range_end": _base64(end),
        "limit": str(limit),
        "revision": str(revision),
        "sort_target": "KEY",
        "sort_order": "ASCEND",
    }


def watch_request(start: bytes, end: bytes, revision: int) -> dict[str, object]:
    """Return the wish to be told what happens to keys in a range, from a revision on."""
    wish = {"key": _base64(start), "range_end": _base64(end), "start_revision": str(revision)}
    return {"create_request": {**wish, "progress_notify": True, "fragment": True}}


def put_request(key: bytes, value: bytes, lease: int) -> dict[str, object]:
    """Return the wish to store an entry for as long as a lease lasts."""
    return {"key": _base64(key), "value": _base64(value), "lease": str(lease)}


def decode_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object in an answer.

    Raises:
        ProtocolError: there is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError(f"etcd: no JSON: {text[:40]!r}") from None
    if not isinstance(value, dict):
        raise ProtocolError(f"etcd: no JSON object: {text[:40]!r}")
    return value


def decode_page(answer: Mapping[str, Any]) -> Page:
    """Return what a range answer holds.

    Raises:
        ProtocolError: it is none.
    """
    entries = tuple(
        Entry(_octets(each, "key"), _octets(each, "value")) for each in _objects(answer.get("kvs"))
    )
    header = answer.get("header")
    revision = _number(header, "revision") if isinstance(header, dict) else 0
    return Page(entries, bool(answer.get("more")), revision)


def decode_news(line: Mapping[str, Any]) -> News:
    """Return what a line of a watch says.

    Raises:
        ProtocolError: it is none.
    """
    result = line.get("result")
    if not isinstance(result, dict):
        return News(is_canceled=True, reason=_reason(line))
    changes = []
    for event in _objects(result.get("events")):
        entry = event.get("kv")
        if not isinstance(entry, dict):
            raise ProtocolError("etcd: an event without an entry")
        gone = event.get("type") == "DELETE"
        changes.append(Change(_octets(entry, "key"), None if gone else _octets(entry, "value")))
    return News(
        tuple(changes),
        is_canceled=bool(result.get("canceled")),
        reason=str(result.get("cancel_reason", ""))[:200],
        compacted=_number(result, "compact_revision") > 0,
    )


def decode_lease(answer: Mapping[str, Any]) -> int:
    """Return the id of the lease that was granted.

    Raises:
        ProtocolError: none was.
    """
    lease = _number(answer, "ID")
    if not lease:
        raise ProtocolError("etcd: no lease in the answer to a grant")
    return lease


def decode_ttl(line: Mapping[str, Any]) -> int:
    """Return how many seconds a lease was prolonged for; 0 when it is no more.

    Raises:
        ProtocolError: it does not say.
    """
    result = line.get("result")
    if not isinstance(result, dict):
        raise ProtocolError(f"etcd: {_reason(line)}")
    return _number(result, "TTL")


def _reason(line: Mapping[str, Any]) -> str:
    error = line.get("error")
    text = error.get("message") if isinstance(error, dict) else error
    return str(text or "an answer without result")[:200]


def _objects(value: object) -> Sequence[dict[str, Any]]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ProtocolError("etcd: a list of objects is expected")
    return value


def _number(holder: Mapping[str, Any], name: str) -> int:
    value = holder.get(name, 0)
    try:
        return int(value) if isinstance(value, str | int) else 0
    except ValueError:
        raise ProtocolError(f"etcd: {name} is no number") from None


def _octets(holder: Mapping[str, Any], name: str) -> bytes:
    value = holder.get(name, "")
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise ProtocolError(f"etcd: {name} is no base64") from None


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
