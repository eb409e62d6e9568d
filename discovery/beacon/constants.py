"""The numbers of the ZRE beacon (RFC 36, "UDP Beacon Framing and Protocol"; version 3 as Zyre sends it)."""

from __future__ import annotations

__all__ = [
    "KEY_LENGTH",
    "LONGEST_DATAGRAM",
    "OPEN_LENGTH",
    "PORT",
    "PREFIX",
    "VERSION_KEYED",
    "VERSION_OPEN",
    "KEYED_LENGTH",
    "UUID_LENGTH",
]

PORT = 5670
"""UDP port, registered with IANA for ZRE."""
PREFIX = b"ZRE"
"""First octets of every open beacon."""
VERSION_OPEN = 1
"""Header, uuid, port."""
VERSION_KEYED = 3
"""The same, followed by a CURVE public key."""
UUID_LENGTH = 16
KEY_LENGTH = 32
OPEN_LENGTH = 22
KEYED_LENGTH = 54
LONGEST_DATAGRAM = 512
"""Octets; whatever is longer is no beacon of any kind and is cut by the receive buffer."""
