"""Sizes and limits of sealed multicast (`docs/wire/sealed-multicast.md`)."""

from __future__ import annotations

from struct import Struct
from typing import Final

__all__ = [
    "CHAIN_SIZE",
    "EPOCH_LIFETIME",
    "EPOCH_RECORDS",
    "EPOCH_SIZE",
    "HEADER",
    "KEY_ID_SIZE",
    "LOOK_AHEAD",
    "MAX_SENDERS",
    "MAX_WAITING",
    "MAX_WAITING_OCTETS",
    "OVERHEAD",
    "SIGNATURE_SIZE",
    "SIGNED",
    "SWITCH_AFTER",
    "TAG_SIZE",
    "VERSION",
    "WAITING_TIME",
    "WINDOW",
]

VERSION: Final = 1
SIGNED: Final = 1
"""Flag of a record whose content ends with a signature."""
HEADER: Final = Struct(">BB8sQ")
"""Version and cipher, flags, key id, number."""
KEY_ID_SIZE: Final = 8
TAG_SIZE: Final = 16
SIGNATURE_SIZE: Final = 64
OVERHEAD: Final = HEADER.size + TAG_SIZE
"""Octets that a record adds to its content, the signature aside."""

CHAIN_SIZE: Final = 32
EPOCH_SIZE: Final = 8
EPOCH_RECORDS: Final = 1 << 22
"""Records after which a sender begins a new epoch; half of what AES-GCM is good for (RFC 9001, section 6.6)."""
EPOCH_LIFETIME: Final = 300.0
"""Seconds after which a sender begins a new epoch."""
SWITCH_AFTER: Final = 1.0
"""Seconds that a sender waits at most for members to say that they have the keys of its next epoch."""

WINDOW: Final = 8192
"""Numbers behind the highest that may still arrive."""
LOOK_AHEAD: Final = 8
"""Generations of one epoch that a receiver may have missed."""
MAX_SENDERS: Final = 4096
"""Senders whose keys a receiver keeps; of each the present and the former epoch."""
MAX_WAITING: Final = 1024
MAX_WAITING_OCTETS: Final = 1 << 20
"""Most records, and octets of them, that wait for their key."""
WAITING_TIME: Final = 2.0
"""Seconds that a record waits for its key."""
