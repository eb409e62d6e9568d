"""Poll request and response (RFC 3208 section 15).

POLL::

    +---------------------------------------------------------------+
    |                         poll sequence                         |
    +-------------------------------+-------------------------------+
    |         poll round            |        poll sub-type          |
    +-------------------------------+-------------------------------+
    |                  path NLA, 8 or 20 octets                     |
    +---------------------------------------------------------------+
    |              back-off interval, microseconds                  |
    +---------------------------------------------------------------+
    |                        random string                          |
    +---------------------------------------------------------------+
    |                     matching bit-mask                         |
    +---------------------------------------------------------------+

POLR: `u32 poll sequence | u16 round | u16 reserved`.
"""

from __future__ import annotations

from dataclasses import dataclass

from covey.errors import PgmError

from ..constants import HEADER_SIZE, POLL_BODY, POLL_TAIL
from .nla import decode_nla, encode_nla
from .options import Option

__all__ = ["Poll", "Polr", "decode_poll", "decode_polr"]


@dataclass(slots=True, frozen=True)
class Poll:
    """A question to all receivers whose random id matches."""

    sequence: int
    round: int
    subtype: int
    """0 general, 1 designated local repairers only."""
    nla: bytes
    """Packed address for the answer."""
    back_off_us: int
    random: int
    mask: int
    options: tuple[Option, ...] = ()

    def encode(self) -> bytes:
        """Return the type-specific part."""
        head = POLL_BODY.pack(self.sequence, self.round, self.subtype)
        return head + encode_nla(self.nla) + POLL_TAIL.pack(self.back_off_us, self.random, self.mask)


@dataclass(slots=True, frozen=True)
class Polr:
    """The answer to a POLL."""

    sequence: int
    round: int
    reserved: int = 0
    options: tuple[Option, ...] = ()

    def encode(self) -> bytes:
        """Return the type-specific part."""
        return POLL_BODY.pack(self.sequence, self.round, self.reserved)


def decode_poll(data: bytes) -> tuple[Poll, int]:
    """Return the POLL without options and where options would start; raises PgmError."""
    if len(data) < HEADER_SIZE + POLL_BODY.size:
        raise PgmError("POLL cut short", len(data))
    sequence, turn, subtype = POLL_BODY.unpack_from(data, HEADER_SIZE)
    nla, start = decode_nla(data, HEADER_SIZE + POLL_BODY.size)
    end = start + POLL_TAIL.size
    if len(data) < end:
        raise PgmError("POLL cut short", len(data))
    return Poll(sequence, turn, subtype, nla, *POLL_TAIL.unpack_from(data, start)), end


def decode_polr(data: bytes) -> tuple[Polr, int]:
    """Return the POLR without options and where options would start; raises PgmError."""
    end = HEADER_SIZE + POLL_BODY.size
    if len(data) < end:
        raise PgmError("POLR cut short", len(data))
    return Polr(*POLL_BODY.unpack_from(data, HEADER_SIZE)), end
