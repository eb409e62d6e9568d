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
from .wire.checksum import FOLD_1, FOLD_2, FOLD_3, LOW_1, LOW_2, LOW_3, word_sum

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
        capacity, data = self.capacity, stretch.data
        edge = _EDGE.pack(trail & SEQUENCE_MASK)
        offsets = stretch.offsets(capacity)
        full = len(data) // capacity
        parts = self._build_full(data, offsets[:full], first, edge)
        if full < len(offsets):
            parts += self._build_short(data[full * capacity :], offsets[full], first + full, edge)
        packet = capacity + FRAMING_HEAD_SIZE + DATA_OVERHEAD
        return Run(first, len(offsets), b"".join(parts), packet, now)

    def _build_full(self, data: bytes, offsets: list[int], sequence: int, edge: bytes) -> list[bytes]:
        """Build the packets that are full: `word_sum` is spelt out here, the call would cost a tenth."""
        capacity, pack, number = self.capacity, _PACKET.pack, int.from_bytes
        prefix, gsi, size = self._prefix, self._gsi, self.capacity + FRAMING_HEAD_SIZE
        fixed = self._fixed_sum + word_sum(edge) + size
        odd = capacity & 1
        parts: list[bytes] = []
        begin = 0
        for offset in offsets:
            payload = data[begin : begin + capacity]
            begin += capacity
            total = number(payload, "big") << 8 if odd else number(payload, "big")
            total = (total >> FOLD_1) + (total & LOW_1)
            total = (total >> FOLD_2) + (total & LOW_2)
            total = (total >> FOLD_3) + (total & LOW_3)
            wire = sequence & SEQUENCE_MASK
            sequence += 1
            total = (total + fixed + (wire >> 16) + (wire & _MODULUS) + offset) % _MODULUS
            parts += (pack(prefix, _MODULUS - total, gsi, size, wire, edge, offset), payload)
        return parts

    def _build_short(self, payload: bytes, offset: int, sequence: int, edge: bytes) -> tuple[bytes, bytes]:
        size, wire = len(payload) + FRAMING_HEAD_SIZE, sequence & SEQUENCE_MASK
        total = self._fixed_sum + word_sum(edge) + word_sum(payload)
        total = (total + size + (wire >> 16) + (wire & _MODULUS) + offset) % _MODULUS
        head = _PACKET.pack(self._prefix, _MODULUS - total, self._gsi, size, wire, edge, offset)
        return head, payload


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
