"""Messages of the gossip protocol, one frame each between a client's DEALER and a hub's ROUTER.

::

    0           2    3         4
    | AA A0     | id | version |                         id: 1 HELLO 2 PUBLISH 3 PING 4 PONG 5 INVALID
    PUBLISH:    | key length (1) key | value length (4) value | ttl in ms (4) |

Numbers are in network order, text is UTF-8. Source: czmq, zgossip_msg.bnf.
"""

from __future__ import annotations

import struct

from covey.values import frozen

from .constants import (
    HELLO,
    INVALID,
    LONGEST_KEY,
    LONGEST_TTL,
    LONGEST_VALUE,
    PING,
    PONG,
    PUBLISH,
    SIGNATURE,
    VERSION,
)

__all__ = ["Hello", "Invalid", "MalformedGossip", "Message", "Ping", "Pong", "Publish", "decode", "encode"]

_HEADER = struct.Struct("!HBB")
_LENGTH = struct.Struct("!I")
_TTL = struct.Struct("!I")


class MalformedGossip(ValueError):
    """A frame that is no gossip message."""


@frozen
class Hello:
    """A client wants to hear all tuples, and new ones from then on."""


@frozen
class Publish:
    """A tuple."""

    key: str
    """At most 255 octets."""
    value: str
    """At most `LONGEST_VALUE` octets."""
    ttl: int = 0
    """Milliseconds that it has left; 0 for ever."""


@frozen
class Ping:
    """A client is alive."""


@frozen
class Pong:
    """A hub is alive."""


@frozen
class Invalid:
    """A hub does not know this client any more: it has to say HELLO again."""


Message = Hello | Publish | Ping | Pong | Invalid

_BARE: dict[int, Message] = {HELLO: Hello(), PING: Ping(), PONG: Pong(), INVALID: Invalid()}
_IDS: dict[type[Message], int] = {Hello: HELLO, Ping: PING, Pong: PONG, Invalid: INVALID, Publish: PUBLISH}


def encode(message: Message) -> bytes:
    """Return the frame.

    Raises:
        ValueError: a key or value is too long.
    """
    header = _HEADER.pack(SIGNATURE, _IDS[type(message)], VERSION)
    if not isinstance(message, Publish):
        return header
    key, value = message.key.encode(), message.value.encode()
    if len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE:
        raise ValueError(f"a tuple of {len(key)} and {len(value)} octets is too long")
    ttl = _TTL.pack(min(max(message.ttl, 0), LONGEST_TTL))
    return b"".join((header, bytes((len(key),)), key, _LENGTH.pack(len(value)), value, ttl))


def decode(frame: bytes) -> Message:
    """Return the message.

    Raises:
        MalformedGossip: wrong signature, version, id, length or text.
    """
    if len(frame) < _HEADER.size:
        raise MalformedGossip(f"{len(frame)} octets")
    signature, kind, version = _HEADER.unpack_from(frame)
    if signature != SIGNATURE or version != VERSION:
        raise MalformedGossip(f"signature {signature:04x}, version {version}")
    if kind == PUBLISH:
        return _publish(frame)
    if kind not in _BARE or len(frame) != _HEADER.size:
        raise MalformedGossip(f"message {kind} of {len(frame)} octets")
    return _BARE[kind]


def _publish(frame: bytes) -> Publish:
    """Return the tuple."""
    key_at = _HEADER.size + 1
    value_at = key_at + (frame[_HEADER.size] if len(frame) > _HEADER.size else 0) + _LENGTH.size
    if len(frame) < value_at:
        raise MalformedGossip("a tuple that ends within its key")
    (length,) = _LENGTH.unpack_from(frame, value_at - _LENGTH.size)
    if length > LONGEST_VALUE or len(frame) != value_at + length + _TTL.size:
        raise MalformedGossip(f"a value of {length} octets in a message of {len(frame)}")
    try:
        key = frame[key_at : value_at - _LENGTH.size].decode()
        value = frame[value_at : value_at + length].decode()
    except UnicodeDecodeError as error:
        raise MalformedGossip("a tuple that is not UTF-8") from error
    return Publish(key, value, _TTL.unpack_from(frame, value_at + length)[0])
