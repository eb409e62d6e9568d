"""Builds runs of ODATA packets, and repairs from them: the sender's hot path.

A packet is `sport dport | 04 00 | checksum | GSI TSDU-length | sequence | trail | offset | stream octets`.
Only the checksum, the sequence and the offset differ within a run, so the rest is packed and summed once.
"""

from __future__ import annotations

import struct
from typing import Final

from .constants import (
    CHECKSUM_OFFSET,
    DATA_OVERHEAD,
    FRAMING_HEAD_SIZE,
    HEADER_SIZE,
    ODATA,
    RDATA,
    SEQUENCE_MASK,
    TYPE_OFFSET,
)
from .framing import Stretch
from .transmit_window import Run
from .wire.checksum import word_sum

__all__ = ["DataBuilder", "as_repair"]

_PACKET: Final = struct.Struct("!6sH6sHI4sH")
_PORTS: Final = struct.Struct("!HHBB")
_EDGE: Final = struct.Struct("!I")
_CHECKSUM: Final = struct.Struct("!H")
_TRAIL_OFFSET: Final = HEADER_SIZE + 4
_MODULUS: Final = 0xFFFF


class DataBuilder:
    """Makes the packets of one session."""

    __slots__ = ("_fixed_sum", "_gsi", "_prefix", "capacity")

    def __init__(self, gsi: bytes, source_port: int, destination_port: int, tsdu: int) -> None:
        self._gsi = gsi
        self._prefix = _PORTS.pack(source_port, destination_port, ODATA, 0)
        self._fixed_sum = word_sum(self._prefix + gsi)
        self.capacity = tsdu - FRAMING_HEAD_SIZE
        """Stream octets of a full packet."""

    def build(self, stretch: Stretch, first: int, trail: int, now: float) -> Run:
        """Return a run of packets that carries `stretch`, numbered from `first`."""
        capacity, data, pack = self.capacity, stretch.data, _PACKET.pack
        prefix, gsi = self._prefix, self._gsi
        edge = _EDGE.pack(trail & SEQUENCE_MASK)
        fixed = self._fixed_sum + word_sum(edge)
        full = capacity + FRAMING_HEAD_SIZE
        parts: list[bytes] = []
        sequence = first
        for begin in range(0, len(data), capacity):
            payload = data[begin : begin + capacity]
            offset = stretch.offset(begin, capacity)
            number = sequence & SEQUENCE_MASK
            size = full if len(payload) == capacity else len(payload) + FRAMING_HEAD_SIZE
            total = fixed + size + (number >> 16) + (number & _MODULUS) + offset + word_sum(payload)
            parts += (pack(prefix, _MODULUS - total % _MODULUS, gsi, size, number, edge, offset), payload)
            sequence += 1
        return Run(first, sequence - first, b"".join(parts), full + DATA_OVERHEAD, now)


def as_repair(packet: bytes, trail: int) -> bytes:
    """Return the RDATA packet for an ODATA packet: another type, trail and checksum (RFC 1624)."""
    repair = bytearray(packet)
    edge = _EDGE.pack(trail & SEQUENCE_MASK)
    old = _CHECKSUM.unpack_from(packet, CHECKSUM_OFFSET)[0]
    change = (RDATA - ODATA << 8) + word_sum(edge) - word_sum(packet[_TRAIL_OFFSET : _TRAIL_OFFSET + 4])
    repair[TYPE_OFFSET] = RDATA
    repair[_TRAIL_OFFSET : _TRAIL_OFFSET + 4] = edge
    _CHECKSUM.pack_into(repair, CHECKSUM_OFFSET, _MODULUS - (_MODULUS - old + change) % _MODULUS)
    return bytes(repair)
