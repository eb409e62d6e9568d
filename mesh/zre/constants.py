"""The numbers of ZRE version 2 (RFC 36), and our bounds on what a peer may make us hold."""

from __future__ import annotations

from ..headers import HEADER_KEY, HEADER_MESH, HEADER_TOPICS, MAX_STRING

__all__ = [
    "FIRST_SEQUENCE",
    "HEADER_KEY",
    "HEADER_MESH",
    "HEADER_TOPICS",
    "IDENTITY_LENGTH",
    "IDENTITY_PREFIX",
    "MAX_CANDIDATES",
    "MAX_ENDPOINTS",
    "MAX_GROUPS",
    "MAX_HEADERS",
    "MAX_HELLO",
    "MAX_PEERS",
    "MAX_REMEMBERED",
    "MAX_STRING",
    "RUN_OUT",
    "SIGNATURE",
    "VERSION",
]

SIGNATURE = 0xAAA1
"""First two octets of every message, network order."""
VERSION = 2
"""Octet after the message id. Zyre says 2 even where its beacons say 3."""
FIRST_SEQUENCE = 1
"""Of HELLO; every further message counts one up, modulo 65536."""

IDENTITY_PREFIX = b"\x01"
"""Before the 16 octets of the uuid in a DEALER's routing id: libzmq reserves ids that start with zero."""
IDENTITY_LENGTH = 17
"""Octets."""

MAX_HELLO = 1 << 20
"""Octets of a first frame that we read; HELLO with all its groups and headers is the largest."""
MAX_GROUPS = 1024
"""Groups of one peer; further ones are not noted."""
MAX_HEADERS = 256
"""Headers of one peer; a HELLO with more is malformed."""

MAX_PEERS = 4096
"""Peers that said HELLO."""
MAX_CANDIDATES = 256
"""Nodes that were only sighted; beyond it the oldest makes room."""
MAX_ENDPOINTS = 4
"""Places where one peer is tried."""
MAX_REMEMBERED = 1024
"""Nodes that are left alone for a while: departed, or members of another mesh."""

RUN_OUT = frozenset({"mdns", "etcd"})
"""Media where a goodbye may mean that a record was not renewed in time: no word against a standing link."""
