"""Numbers of czmq's gossip protocol (zgossip_msg, version 1)."""

from __future__ import annotations

__all__ = [
    "HELLO",
    "INVALID",
    "LONGEST_KEY",
    "LONGEST_TTL",
    "LONGEST_VALUE",
    "PING",
    "PONG",
    "PUBLISH",
    "SIGNATURE",
    "VERSION",
]

SIGNATURE = 0xAAA0
VERSION = 1

HELLO = 1
PUBLISH = 2
PING = 3
PONG = 4
INVALID = 5

LONGEST_KEY = 255
"""Octets; the length has one."""
LONGEST_VALUE = 4096
"""Octets that we take; the length has four, and nothing honest comes near."""
LONGEST_TTL = 0xFFFFFFFF
"""Milliseconds; zero means for ever, and is what czmq sends."""
