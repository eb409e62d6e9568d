"""Builds runs of ODATA packets, and repairs from them: the sender's hot path.

A packet is `sport dport | 04 00 | checksum | GSI TSDU-length | sequence | trail | offset | stream octets`.
Only the checksum, the sequence and the offset differ within a run, so the rest is packed and summed once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
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


@lru_cache(maxsize=256)
def _slices(capacity: int, count: int) -> struct.Struct:
    return struct.Struct(f"{capacity}s" * count)


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
        parts = self._build_full(data, offsets[:full], first, edge) if full else ()
        if full < len(offsets):
            rest = data[full * capacity :] if full else data
            parts = chain(parts, self._build_short(rest, offsets[full], first + full, edge))
        packet = capacity + FRAMING_HEAD_SIZE + DATA_OVERHEAD
        return Run(first, len(offsets), b"".join(parts), packet, now)

    def _build_full(self, data: bytes, offsets: list[int], sequence: int, edge: bytes) -> Iterable[bytes]:
        """Build the packets that are full, column by column; `word_sum` is spelt out, a call costs a tenth."""
        capacity, count = self.capacity, len(offsets)
        payloads = _slices(capacity, count).unpack_from(data)
        size = capacity + FRAMING_HEAD_SIZE
        numbers: Iterable[int] = map(int.from_bytes, payloads)
        if capacity & 1:
            numbers = [number << 8 for number in numbers]
        sums = [(number >> FOLD_1) + (number & LOW_1) for number in numbers]
        sums = [(number >> FOLD_2) + (number & LOW_2) for number in sums]
        sums = [(number >> FOLD_3) + (number & LOW_3) for number in sums]
        wires: Sequence[int] = range(sequence, sequence + count)
        if wires[-1] > SEQUENCE_MASK:
            wires = [wire & SEQUENCE_MASK for wire in wires]
        # a 32-bit number counts as its two words: 2**16 is 1 modulo 65535
        fixed = self._fixed_sum + word_sum(edge) + size
        checksums = [
            _MODULUS - (number + fixed + wire + offset) % _MODULUS
            for number, wire, offset in zip(sums, wires, offsets, strict=True)
        ]
        heads = map(
            _PACKET.pack,
            repeat(self._prefix),
            checksums,
            repeat(self._gsi),
            repeat(size),
            wires,
            repeat(edge),
            offsets,
        )
        return chain.from_iterable(zip(heads, payloads, strict=True))

    def _build_short(self, payload: bytes, offset: int, sequence: int, edge: bytes) -> tuple[bytes, bytes]:
        size, wire = len(payload) + FRAMING_HEAD_SIZE, sequence & SEQUENCE_MASK
        total = self._fixed_sum + word_sum(edge) + word_sum(payload)
        total = (total + size + wire + offset) % _MODULUS
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
