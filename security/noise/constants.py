"""Sizes and codes of NOISE (Noise Protocol Framework, revision 34; `docs/wire/noise.md`)."""

from __future__ import annotations

from typing import Final

__all__ = [
    "COOKIE_SIZE",
    "GATE_SIZE",
    "HEADER_SIZE",
    "KEY_SIZE",
    "LARGEST_NONCE",
    "MAX_MESSAGE",
    "MAX_RECORD_CONTENT",
    "RECORDS_PER_KEY",
    "REKEY_INTERVAL",
    "TAG_SIZE",
    "VERSION",
]

KEY_SIZE: Final = 32
"""X25519 keys and shared secrets (section 12.1), cipher keys (section 4.2)."""
TAG_SIZE: Final = 16
"""What a cipher adds to its content (section 4.2)."""
MAX_MESSAGE: Final = 65_535
"""Longest Noise message, and longest ciphertext of a record (section 3)."""
LARGEST_NONCE: Final = 0xFFFF_FFFF_FFFF_FFFF
"""Reserved for rekeying; no message uses it (section 5.1)."""

VERSION: Final = 1
"""First byte of HELLO's data."""
HEADER_SIZE: Final = 4
"""version, pattern, cipher, hash: what HELLO begins with."""
COOKIE_SIZE: Final = 16
"""What RETRY asks a client to put into its HELLO."""
GATE_SIZE: Final = 16
"""Authenticates HELLO before anything costly is done with it."""

MAX_RECORD_CONTENT: Final = MAX_MESSAGE - TAG_SIZE
"""Most octets that one record holds."""
RECORDS_PER_KEY: Final = 65_536
"""Most records that one key seals, at most 4 GiB."""
REKEY_INTERVAL: Final = 120.0
"""Longest time that a sender keeps a key in use. Seconds."""
