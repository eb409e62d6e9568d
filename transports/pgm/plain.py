"""Reads runs of data packets without options in one pass: the receiver's hot path.

Many datagrams arrive in one buffer (UDP_GRO). Packets of one session are checked together: the word sums of
all packets are added and reduced once, which costs half of what one division each would.
"""

from __future__ import annotations

import struct
from typing import Final

from .constants import (
    CHECKSUM_OFFSET,
    DATA_OVERHEAD,
    FRAMING_HEAD_SIZE,
    GSI_OFFSET,
    GSI_SIZE,
    NO_BOUNDARY,
    ODATA,
    RDATA,
    SEQUENCE_MASK,
    TYPE_OFFSET,
)

__all__ = ["PLAIN", "PLAIN_SIZE", "PlainRun", "scan_plain"]

PLAIN: Final = struct.Struct("!6sH6sHIIH")
PLAIN_SIZE: Final = DATA_OVERHEAD + FRAMING_HEAD_SIZE
_MODULUS: Final = 0xFFFF
_PLAIN_HEADS: Final = (bytes((ODATA, 0)), bytes((RDATA, 0)))


class PlainRun:
    """Packets of one session and type, in the order of arrival."""

    __slots__ = (
        "_begin",
        "_data",
        "_step",
        "gsi",
        "head",
        "in_order",
        "is_repair",
        "payloads",
        "sequences",
        "start",
        "stop",
        "trail",
    )

    def __init__(self, data: bytes, begin: int, step: int) -> None:
        self._data = data
        self._begin = begin
        self._step = step
        head = data[begin : begin + CHECKSUM_OFFSET]
        self.head = head
        """Ports, type and options octets: 6 octets."""
        self.gsi = data[begin + GSI_OFFSET : begin + GSI_OFFSET + GSI_SIZE]
        self.is_repair = head[TYPE_OFFSET] == RDATA
        self.sequences: list[int] = []
        self.payloads: list[bytes] = []
        """Stream octets of each."""
        self.start = -1
        """Where in the joined payloads the first message boundary is; -1: nowhere."""
        self.trail = 0
        self.stop = 0
        """Where in the buffer the run ends."""
        self.in_order = True
        """Whether the sequences are consecutive."""

    def tsdus(self) -> list[bytes]:
        """Return the whole TSDUs, libzmq's offsets included."""
        data, step, stop = self._data, self._step, self.stop
        return [
            data[begin + DATA_OVERHEAD : min(begin + step, stop)] for begin in range(self._begin, stop, step)
        ]


def scan_plain(data: bytes, position: int, step: int) -> PlainRun | None:
    """Return the packets at `position` that a run can be made of, None if there is none or a checksum is
    wrong.

    Args:
        data: packets that are `step` octets apart; the last may be shorter.
        position: where the first starts.
        step: octets, at least 1.
    """
    end = len(data)
    if (
        end - position < PLAIN_SIZE
        or data[position + TYPE_OFFSET : position + CHECKSUM_OFFSET] not in _PLAIN_HEADS
    ):
        return None
    run = PlainRun(data, position, step)
    head, gsi = run.head, run.gsi
    unpack, number = PLAIN.unpack_from, int.from_bytes
    sequences, payloads = run.sequences, run.payloads
    total = filled = 0
    start, trail = -1, 0
    while end - position >= PLAIN_SIZE:
        stop = position + step if position + step < end else end
        if stop - position < PLAIN_SIZE:
            break
        ports, checksum, session, size, sequence, edge, offset = unpack(data, position)
        if ports != head or session != gsi or size != stop - position - DATA_OVERHEAD or not checksum:
            break
        word = number(data[position:stop], "big")
        total += word << 8 if size & 1 else word
        if start < 0 and offset != NO_BOUNDARY and offset <= size - FRAMING_HEAD_SIZE:
            start = filled + offset
        payloads.append(data[position + PLAIN_SIZE : stop])
        filled += size - FRAMING_HEAD_SIZE
        sequences.append(sequence)
        trail = edge
        position = stop
    if not sequences or total % _MODULUS:
        return None
    run.start, run.stop, run.trail = start, position, trail
    first = sequences[0]
    run.in_order = sequences[-1] == (first + len(sequences) - 1) & SEQUENCE_MASK and (
        sequences == list(range(first, first + len(sequences)))
        or all((each - first) & SEQUENCE_MASK == index for index, each in enumerate(sequences))
    )
    return run
