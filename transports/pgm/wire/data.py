"""Original and repair data (RFC 3208 section 8.3).

::

    +---------------------------------------------------------------+
    |                      data packet sequence                     |
    +---------------------------------------------------------------+
    |                     trailing edge sequence                    |
    +---------------------------------------------------------------+
    |                      options, then TSDU ...                   |
    +---------------------------------------------------------------+

A repair differs from its original in type, trailing edge and checksum only.
"""

from __future__ import annotations

from dataclasses import dataclass

from covey.errors import PgmError

from ..constants import DATA_BODY, HEADER_SIZE
from .options import Option

__all__ = ["Data", "decode_data"]


@dataclass(slots=True, frozen=True)
class Data:
    """ODATA or RDATA, or a parity packet of either kind."""

    sequence: int
    trail: int
    tsdu: bytes = b""
    options: tuple[Option, ...] = ()

    def encode(self) -> bytes:
        """Return the type-specific part, which ends before the options."""
        return DATA_BODY.pack(self.sequence, self.trail)


def decode_data(data: bytes) -> tuple[Data, int]:
    """Return the data without options and TSDU, and where they start; raises PgmError."""
    end = HEADER_SIZE + DATA_BODY.size
    if len(data) < end:
        raise PgmError("data packet cut short", len(data))
    sequence, trail = DATA_BODY.unpack_from(data, HEADER_SIZE)
    return Data(sequence, trail), end
