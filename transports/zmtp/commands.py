"""Traffic-phase commands: PING and PONG (RFC 37, section "Commands"), JOIN and LEAVE (RFC 48)."""

from __future__ import annotations

from struct import Struct

from .constants import CANCEL, JOIN, LEAVE, PING, PONG, SUBSCRIBE

__all__ = ["encode_ping", "encode_pong", "group_message", "ping_parts", "subscription_message"]

_TTL = Struct(">H")
_MAX_TTL = 655  # tenths of a second: libzmq multiplies by 100 into 16 bits, so more would wrap there
_MAX_CONTEXT = 16


def encode_ping(ttl: float, context: bytes = b"") -> bytes:
    """Return a PING body; `ttl` in seconds, cut to what libzmq understands."""
    return PING + _TTL.pack(min(round(ttl * 10), _MAX_TTL)) + context[:_MAX_CONTEXT]


def ping_parts(body: bytes) -> tuple[float, bytes] | None:
    """Return (time to live in seconds, context) of a PING body, None when it is malformed."""
    data = body[len(PING) :]
    if len(data) < _TTL.size:
        return None
    return _TTL.unpack_from(data)[0] / 10, data[_TTL.size : _TTL.size + _MAX_CONTEXT]


def encode_pong(context: bytes) -> bytes:
    """Return the PONG body that answers a PING with `context`."""
    return PONG + context


def subscription_message(body: bytes) -> bytes | None:
    """Return SUBSCRIBE and CANCEL as the message of older versions (01 or 00, then topic), else None."""
    if body.startswith(SUBSCRIBE):
        return b"\x01" + body[len(SUBSCRIBE) :]
    if body.startswith(CANCEL):
        return b"\x00" + body[len(CANCEL) :]
    return None


def group_message(body: bytes) -> bytes | None:
    """Return JOIN and LEAVE in the form of a subscription (01 or 00, then the group), else None."""
    if body.startswith(JOIN):
        return b"\x01" + body[len(JOIN) :]
    if body.startswith(LEAVE):
        return b"\x00" + body[len(LEAVE) :]
    return None
