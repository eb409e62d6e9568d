"""Sizes and nonce prefixes of CURVE (RFC 26, sections "Security Handshake" and "Message Commands").

On the wire a box has no leading padding: tag (16) and ciphertext.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "COOKIE_NONCE",
    "COOKIE_SIZE",
    "HELLO_NONCE",
    "HELLO_PADDING",
    "HELLO_PROOF",
    "HELLO_SIZE",
    "INITIATE_MINIMUM",
    "INITIATE_NONCE",
    "KEY_SIZE",
    "LARGEST_NONCE",
    "LONG_NONCE_SIZE",
    "MESSAGE_FROM_CLIENT_NONCE",
    "MESSAGE_FROM_SERVER_NONCE",
    "MESSAGE_MINIMUM",
    "READY_MINIMUM",
    "READY_NONCE",
    "SHORT_NONCE_SIZE",
    "TAG_SIZE",
    "VERSION",
    "VOUCH_NONCE",
    "VOUCH_SIZE",
    "WELCOME_NONCE",
    "WELCOME_SIZE",
]

KEY_SIZE: Final = 32
"""Public, secret and shared keys."""
TAG_SIZE: Final = 16
"""What a box adds to its content."""
SHORT_NONCE_SIZE: Final = 8
"""A counter, network order, behind a prefix of 16 characters."""
LONG_NONCE_SIZE: Final = 16
"""Random bytes, behind a prefix of 8 characters."""
LARGEST_NONCE: Final = 0xFFFF_FFFF_FFFF_FFFF
"""Where a counter ends; it never wraps."""

VERSION: Final = b"\x01\x00"
"""CurveZMQ 1.0, the first bytes of HELLO's data."""
HELLO_PADDING: Final = bytes(72)
"""Makes HELLO larger than WELCOME, so that it cannot amplify."""
HELLO_PROOF: Final = bytes(64)
"""Content of HELLO's box."""

# Sizes of the data behind the command's name.
HELLO_SIZE: Final = 194
"""version 2, padding 72, client's connection key 32, nonce 8, box 80."""
WELCOME_SIZE: Final = 160
"""nonce 16, box of (server's connection key 32, cookie 96)."""
COOKIE_SIZE: Final = 96
"""nonce 16, secret box of (client's connection key 32, server's connection secret 32)."""
VOUCH_SIZE: Final = 80
"""Box of (client's connection key 32, server's long-term key 32)."""
INITIATE_MINIMUM: Final = 248
"""cookie 96, nonce 8, box of (client's long-term key 32, nonce 16, vouch 80, metadata)."""
READY_MINIMUM: Final = 24
"""nonce 8, box of metadata."""
MESSAGE_MINIMUM: Final = 33
"""The whole body: 8 for the name, nonce 8, box of (flags 1, payload)."""

HELLO_NONCE: Final = b"CurveZMQHELLO---"
INITIATE_NONCE: Final = b"CurveZMQINITIATE"
READY_NONCE: Final = b"CurveZMQREADY---"
MESSAGE_FROM_CLIENT_NONCE: Final = b"CurveZMQMESSAGEC"
MESSAGE_FROM_SERVER_NONCE: Final = b"CurveZMQMESSAGES"
WELCOME_NONCE: Final = b"WELCOME-"
COOKIE_NONCE: Final = b"COOKIE--"
VOUCH_NONCE: Final = b"VOUCH---"
