"""Every number and name of ZMTP on the wire (RFC 37; differences of libzmq noted)."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CANCEL",
    "COMMAND",
    "ERROR",
    "FIXED_PART_SIZE",
    "GREETING_SIZE",
    "JOIN",
    "LEAVE",
    "LONG",
    "MAX_FRAMES_PER_MESSAGE",
    "MAX_FRAME_SIZE",
    "MORE",
    "PING",
    "PONG",
    "SHORT_FRAME_MAX",
    "SIGNATURE_SIZE",
    "SOCKET_TYPE_NUMBERS",
    "SUBSCRIBE",
]

# Frame flags, RFC 37 section "Framing".
MORE: Final = 0x01
LONG: Final = 0x02
COMMAND: Final = 0x04
SHORT_FRAME_MAX: Final = 255
# RFC 37 stops at 2**63 - 1; beyond this no machine has addresses for the body, and libzmq fails to allocate it.
MAX_FRAME_SIZE: Final = 2**47 - 1

# A bound of our own: RFC 37 has none, and a peer could fill memory with empty frames.
MAX_FRAMES_PER_MESSAGE: Final = 100_000

# Greeting, RFC 37 section "Version Negotiation": octets.
SIGNATURE_SIZE: Final = 10
FIXED_PART_SIZE: Final = 11
GREETING_SIZE: Final = 64

# Socket types as ZMTP 2.0 and libzmq number them, RFC 15.
SOCKET_TYPE_NUMBERS: Final = {
    "PAIR": 0,
    "PUB": 1,
    "SUB": 2,
    "REQ": 3,
    "REP": 4,
    "DEALER": 5,
    "ROUTER": 6,
    "PULL": 7,
    "PUSH": 8,
    "XPUB": 9,
    "XSUB": 10,
}

# Traffic commands, RFC 37 section "Commands": name-length octet and name.
PING: Final = b"\x04PING"
PONG: Final = b"\x04PONG"
SUBSCRIBE: Final = b"\x09SUBSCRIBE"
CANCEL: Final = b"\x06CANCEL"
JOIN: Final = b"\x04JOIN"
LEAVE: Final = b"\x05LEAVE"
ERROR: Final = b"\x05ERROR"
