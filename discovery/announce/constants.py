"""The numbers of the announcement (`docs/wire/announcement.md`)."""

from __future__ import annotations

__all__ = [
    "ASKS",
    "BRIEF",
    "CONTENT_AT",
    "ECHO_AT",
    "KIND_CARD",
    "KIND_DOUBT",
    "KIND_VOUCH",
    "LONGEST_BODY",
    "MAGIC",
    "MAX_GROUPS",
    "MAX_HEADERS",
    "MAX_SERVICES",
    "NO_TOKEN",
    "PARTIAL",
    "PLAIN_CARD",
    "PREFIX",
    "QUESTIONS",
    "SEQUENCE_AT",
    "TOKEN_SIZE",
    "UUID_AT",
    "UUID_VERSION",
]

PREFIX = b"CVA"
"""First octets of every announcement, open or sealed."""
MAGIC = PREFIX + b"\x01"
"""First octets of an open one. Zyre, czmq and pyre read only what begins with `ZRE`."""
LONGEST_BODY = 1278
"""Octets before sealing: with everything around it a datagram fits into one Ethernet frame, also in a tunnel."""
TOKEN_SIZE = 8
NO_TOKEN = bytes(TOKEN_SIZE)

KIND_CARD = 1
KIND_DOUBT = 2
KIND_VOUCH = 3

ASKS = 1
"""Flag: the sender wants its token echoed."""
PARTIAL = 2
"""Flag: headers, groups and services did not fit; connect to learn them."""

BRIEF = 4
"""Flag: the card has no more than what every hearer may know; the whole one is given to members (pinned, authority)."""

PLAIN_CARD = bytes((KIND_CARD, 0))
"""How the body of a card begins that asks for nothing and is complete."""
UUID_AT, SEQUENCE_AT, ECHO_AT, CONTENT_AT = slice(2, 18), slice(18, 26), slice(34, 42), 42
"""Where the body says what (`wire.py` has the whole)."""

QUESTIONS = (500.0, 600.0)
"""To strangers: a second, and at once."""
MAX_GROUPS = 1024
MAX_HEADERS = 256
MAX_SERVICES = 256
UUID_VERSION = 8
"""Of nodes that announce (RFC 9562, section 5.8): who hears their plain beacon waits for the announcement."""
