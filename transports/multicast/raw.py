"""PGM directly in IP: what a raw socket gives is the whole IPv4 packet."""

from __future__ import annotations

__all__ = ["strip_ip"]

_SHORTEST = 20


def strip_ip(packet: bytes) -> bytes:
    """Return what an IPv4 packet carries; nothing when it is malformed."""
    if len(packet) < _SHORTEST or packet[0] >> 4 != 4:
        return b""
    head = (packet[0] & 15) * 4
    total = int.from_bytes(packet[2:4], "big")
    return packet[head:total] if _SHORTEST <= head <= total <= len(packet) else b""
