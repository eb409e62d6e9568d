"""Acknowledgement (draft-ietf-rmt-bb-pgmcc), by which our receivers report how far they are.

::

    +---------------------------------------------------------------+
    |                 RX_MAX: highest sequence received             |
    +---------------------------------------------------------------+
    |    bitmap: bit 0 is RX_MAX, bit n is RX_MAX - n, 1 received   |
    +---------------------------------------------------------------+
"""

from __future__ import annotations

from dataclasses import dataclass

from covey.errors import PgmError

from ..constants import ACK_BODY, HEADER_SIZE
from .options import Option

__all__ = ["Ack", "decode_ack"]


@dataclass(slots=True, frozen=True)
class Ack:
    """What a receiver has seen."""

    rx_max: int
    bitmap: int
    options: tuple[Option, ...] = ()

    def encode(self) -> bytes:
        """Return the type-specific part."""
        return ACK_BODY.pack(self.rx_max, self.bitmap)


def decode_ack(data: bytes) -> tuple[Ack, int]:
    """Return the ACK without options and where options would start; raises PgmError."""
    end = HEADER_SIZE + ACK_BODY.size
    if len(data) < end:
        raise PgmError("ACK cut short", len(data))
    return Ack(*ACK_BODY.unpack_from(data, HEADER_SIZE)), end
