"""Builds runs of ODATA packets, and repairs from them: the sender's hot path.

A packet is `sport dport | 04 00 | checksum | GSI TSDU-length | sequence | trail | offset | stream octets`.
Only the checksum, the sequence and the offset differ within a run, so the rest is packed and summed once.

Checksums are most of the work. The stream is cut into pieces that are read as little-endian numbers, the numbers of
one packet are added up, and only the sum is divided: dividing, or folding, whole packets takes longer. In a
little-endian sum the two octets of each word are swapped, and so they are in the result (RFC 1071 section 2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
from operator import add
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
from .framing import Buffer, Stretch
from .transmit_window import Run
from .wire.checksum import LITTLE, word_sum

__all__ = ["DataBuilder", "as_repair"]

_PACKET: Final = struct.Struct("!6sH6sHI4sH")
_PORTS: Final = struct.Struct("!HHBB")
_EDGE: Final = struct.Struct("!I")
_CHECKSUM: Final = struct.Struct("!H")
_TRAIL_OFFSET: Final = HEADER_SIZE + 4
_MODULUS: Final = 0xFFFF
_PIECE: Final = 358
"""Octets that are read as one number; even. Smaller pieces cost more calls, larger ones a longer division."""
_FOLD: Final = 1440
"""Bits, a multiple of 16: about half of a sum's."""
_LOW: Final = (1 << _FOLD) - 1
_SWAP: Final = 256
"""Times this, modulo 65535, is the other order of octets."""


@lru_cache(maxsize=256)
def _cut(capacity: int, count: int) -> struct.Struct:
    """Return how `count` times `capacity` octets are cut into pieces."""
    sizes = (min(_PIECE, capacity - begin) for begin in range(0, capacity, _PIECE))
    return struct.Struct("".join(f"{size}s" for size in sizes) * count)


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
        parts: Iterable[Buffer] = self._build_full(data, offsets[:full], first, edge) if full else ()
        if full < len(offsets):
            rest = data[full * capacity :] if full else data
            parts = chain(parts, self._build_short(rest, offsets[full], first + full, edge))
        packet = capacity + FRAMING_HEAD_SIZE + DATA_OVERHEAD
        return Run(first, len(offsets), b"".join(parts), packet, now)

    def _build_full(self, data: Buffer, offsets: list[int], sequence: int, edge: bytes) -> Iterable[bytes]:
        """Build the packets that are full, column by column."""
        capacity, count = self.capacity, len(offsets)
        pieces = _cut(capacity, count).unpack_from(data)
        each = len(pieces) // count
        numbers = list(map(int.from_bytes, pieces, repeat(LITTLE)))
        sums: Iterable[int] = numbers[::each]
        for piece in range(1, each):
            sums = map(add, sums, numbers[piece::each])
        wires: Sequence[int] = range(sequence, sequence + count)
        if wires[-1] > SEQUENCE_MASK:
            wires = [wire & SEQUENCE_MASK for wire in wires]
        size = capacity + FRAMING_HEAD_SIZE
        # a 32-bit number counts as its two words: 2**16 is 1 modulo 65535
        fixed = self._fixed_sum + word_sum(edge) + size
        checksums = [
            _MODULUS
            - (((number >> _FOLD) + (number & _LOW)) % _MODULUS * _SWAP + fixed + wire + offset) % _MODULUS
            for number, wire, offset in zip(sums, wires, offsets, strict=True)
        ]
        prefix, gsi, sizes, edges = repeat(self._prefix), repeat(self._gsi), repeat(size), repeat(edge)
        heads = map(_PACKET.pack, prefix, checksums, gsi, sizes, wires, edges, offsets)
        return chain.from_iterable(zip(heads, *(pieces[piece::each] for piece in range(each)), strict=True))

    def _build_short(self, payload: Buffer, offset: int, sequence: int, edge: bytes) -> tuple[bytes, Buffer]:
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
