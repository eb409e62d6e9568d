"""The numbers of the ZRE beacon (RFC 36, "UDP Beacon Framing and Protocol"; version 3 as Zyre sends it)."""

from __future__ import annotations

__all__ = [
    "BEACON_EVERY",
    "KEYED_LENGTH",
    "LONGEST_DATAGRAM",
    "MULTICAST_V4",
    "MULTICAST_V6",
    "OPEN_LENGTH",
    "PORT",
    "PREFIX",
    "VERSION_KEYED",
    "VERSION_OPEN",
]

PORT = 5670
"""UDP port, registered with IANA for ZRE."""
MULTICAST_V4 = "239.255.56.70"
"""Group for IPv4 multicast, of the scope that never leaves a site (RFC 2365); sent with TTL 1.
czmq joins it with ZSYS_IPV4_MCAST_ADDRESS set to it."""
MULTICAST_V6 = "ff02::1"
"""All nodes of the link; what czmq uses over IPv6."""
PREFIX = b"ZRE"
"""First octets of every open beacon."""
VERSION_OPEN = 1
"""Header, uuid, port."""
VERSION_KEYED = 3
"""The same, followed by a CURVE public key."""
OPEN_LENGTH = 22
KEYED_LENGTH = 54
LONGEST_DATAGRAM = 1472
"""Octets; whatever is longer is nothing of ours and is cut by the receive buffer."""
BEACON_EVERY = 4
"""Turns, in a crowd; with two modes that take turns it is always the same one, broadcast, which others know."""
