"""Reads runs of data packets without options: the receiver's hot path.

Many datagrams arrive in one buffer (UDP_GRO). Those of one size are read column by column, so that the loop over
packets runs in C: all sequences at once, all payloads at once. Their checksums are verified together: a packet
with its checksum sums to zero, and so do all of them; when they do not, each is looked at alone.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, repeat
from typing import Final

from .constants import (
    CHECKSUM_OFFSET,
    DATA_OVERHEAD,
    FRAMING_HEAD,
    FRAMING_HEAD_SIZE,
    ODATA,
    RDATA,
    SEQUENCE_MASK,
    TYPE_OFFSET,
)
from .wire.checksum import LITTLE, word_sum

__all__ = ["PLAIN", "PLAIN_SIZE", "PlainRun", "scan_plain"]

PLAIN: Final = struct.Struct("!6sH6sHIIH")
PLAIN_SIZE: Final = DATA_OVERHEAD + FRAMING_HEAD_SIZE
_FIELDS: Final = 8
"""Of a packet."""
_MODULUS: Final = 0xFFFF
_PLAIN_HEADS: Final = (bytes((ODATA, 0)), bytes((RDATA, 0)))


class PlainRun:
    """Packets of one session and type, in the order of arrival."""

    __slots__ = (
        "_offsets",
        "gsi",
        "head",
        "is_repair",
        "payloads",
        "sequences",
        "trail",
    )

    def __init__(
        self,
        head: bytes,
        gsi: bytes,
        sequences: Sequence[int],
        offsets: Sequence[int],
        payloads: Sequence[bytes],
        trail: int,
    ) -> None:
        self.head = head
        """Ports, type and options octets: 6 octets."""
        self.gsi = gsi
        self.is_repair = head[TYPE_OFFSET] == RDATA
        self.sequences = sequences
        self._offsets = offsets
        self.payloads = payloads
        """Stream octets of each."""
        self.trail = trail
        """Of the last."""

    @property
    def in_order(self) -> bool:
        """Whether the sequences are consecutive."""
        sequences = self.sequences
        first, last = sequences[0], sequences[-1]
        return (last - first == len(sequences) - 1 and sequences == tuple(range(first, last + 1))) or all(
            (each - first) & SEQUENCE_MASK == index for index, each in enumerate(sequences)
        )

    def stretches(self) -> list[PlainRun]:
        """Return the run in pieces whose sequences are consecutive."""
        if self.in_order:
            return [self]
        sequences, count = self.sequences, len(self.sequences)
        breaks = [
            index
            for index, (before, after) in enumerate(pairwise(sequences), 1)
            if (after - before) & SEQUENCE_MASK != 1
        ]
        return [self.part(begin, end) for begin, end in zip([0, *breaks], [*breaks, count], strict=True)]

    def part(self, begin: int, end: int) -> PlainRun:
        """Return the packets from number `begin` to before `end`."""
        piece = slice(begin, end)
        sequences, offsets, payloads = self.sequences[piece], self._offsets[piece], self.payloads[piece]
        return PlainRun(self.head, self.gsi, sequences, offsets, payloads, self.trail)

    @property
    def start(self) -> int:
        """Where in the joined payloads the first message boundary is; -1: nowhere."""
        filled = 0
        for offset, payload in zip(self._offsets, self.payloads, strict=True):
            if offset <= len(payload):
                return filled + offset
            filled += len(payload)
        return -1

    def tsdus(self) -> list[bytes]:
        """Return the whole TSDUs, libzmq's offsets included."""
        pack = FRAMING_HEAD.pack
        return [pack(offset) + payload for offset, payload in zip(self._offsets, self.payloads, strict=True)]


def scan_plain(data: bytes, position: int, step: int) -> tuple[PlainRun, int] | None:
    """Return the packets at `position` that make a run, and where they end.

    Args:
        data: packets that are `step` octets apart; the last may be shorter.
        position: where the first starts.
        step: octets, at least 1.

    Returns:
        None when the packet at `position` is of another kind, malformed, or wrong.
    """
    end = len(data)
    if (
        end - position < PLAIN_SIZE
        or data[position + TYPE_OFFSET : position + CHECKSUM_OFFSET] not in _PLAIN_HEADS
    ):
        return None
    count = (end - position) // step
    if count > 1 and step >= PLAIN_SIZE:
        run = _scan_columns(data, position, step, count)
        if run is not None:
            return run, position + step * count
    return _scan_one(data[position : min(position + step, end)], position)


def _scan_columns(data: bytes, position: int, step: int, count: int) -> PlainRun | None:
    size = step - DATA_OVERHEAD
    fields = _columns(step, count).unpack_from(data, position)
    heads, checksums, sessions, sizes, sequences, trails, offsets, payloads = (
        fields[field::_FIELDS] for field in range(_FIELDS)
    )
    head, gsi = heads[0], sessions[0]
    if heads.count(head) != count or sessions.count(gsi) != count or sizes.count(size) != count:
        return None
    if 0 in checksums:
        return None
    # little-endian is quicker; times 256 swaps the octets of the sum back (see `wire.checksum`)
    total = sum(map(int.from_bytes, payloads, repeat(LITTLE))) % _MODULUS << 8
    fixed = int.from_bytes(head, "big") + int.from_bytes(gsi, "big") + size
    total += count * fixed + sum(checksums) + sum(sequences) + sum(trails) + sum(offsets)
    if total % _MODULUS:
        return None
    return PlainRun(head, gsi, sequences, offsets, payloads, trails[-1])


def _scan_one(packet: bytes, position: int) -> tuple[PlainRun, int] | None:
    if len(packet) < PLAIN_SIZE:
        return None
    head, checksum, gsi, size, sequence, trail, offset = PLAIN.unpack_from(packet)
    if size != len(packet) - DATA_OVERHEAD or not checksum or word_sum(packet):
        return None
    run = PlainRun(head, gsi, (sequence,), (offset,), (packet[PLAIN_SIZE:],), trail)
    return run, position + len(packet)


@lru_cache(maxsize=128)
def _columns(step: int, count: int) -> struct.Struct:
    return struct.Struct("!" + f"{PLAIN.format[1:]}{step - PLAIN_SIZE}s" * count)
