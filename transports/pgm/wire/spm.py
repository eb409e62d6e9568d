"""Source path message (RFC 3208 section 8.2).

::

    +---------------------------------------------------------------+
    |                         SPM sequence                          |
    +---------------------------------------------------------------+
    |                     trailing edge sequence                    |
    +---------------------------------------------------------------+
    |                      leading edge sequence                    |
    +---------------------------------------------------------------+
    |                  path NLA, 8 or 20 octets                     |
    +---------------------------------------------------------------+
"""

from __future__ import annotations

from dataclasses import dataclass

from covey.errors import PgmError

from ..constants import HEADER_SIZE, SPM_BODY
from .nla import decode_nla, encode_nla
from .options import Option

__all__ = ["Spm", "decode_spm"]


@dataclass(slots=True, frozen=True)
class Spm:
    """A source's window edges and where to send NAKs."""

    sequence: int
    """Its own counter."""
    trail: int
    lead: int
    """trail - 1 when the window is empty."""
    nla: bytes
    """Packed address of the source."""
    options: tuple[Option, ...] = ()

    def encode(self) -> bytes:
        """Return the type-specific part."""
        return SPM_BODY.pack(self.sequence, self.trail, self.lead) + encode_nla(self.nla)


def decode_spm(data: bytes) -> tuple[Spm, int]:
    """Return the SPM without options and where options would start; raises PgmError."""
    if len(data) < HEADER_SIZE + SPM_BODY.size:
        raise PgmError("SPM cut short", len(data))
    sequence, trail, lead = SPM_BODY.unpack_from(data, HEADER_SIZE)
    nla, end = decode_nla(data, HEADER_SIZE + SPM_BODY.size)
    return Spm(sequence, trail, lead, nla), end
