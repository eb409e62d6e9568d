"""NAK, NNAK and NCF share one layout (RFC 3208 section 8.4).

::

    +---------------------------------------------------------------+
    |                    requested sequence number                  |
    +---------------------------------------------------------------+
    |                 source NLA, 8 or 20 octets                    |
    +---------------------------------------------------------------+
    |              multicast group NLA, 8 or 20 octets              |
    +---------------------------------------------------------------+

With OPTIONS_PARITY the number is a transmission group's first with the packets wanted minus one in its low
bits.
"""

from __future__ import annotations

from dataclasses import dataclass

from covey.errors import PgmError

from ..constants import HEADER_SIZE, NAK_BODY, OPT_NAK_LIST
from .nla import decode_nla, encode_nla
from .option_types import NakList
from .options import Option, find_option

__all__ = ["Nak", "decode_nak"]


@dataclass(slots=True, frozen=True)
class Nak:
    """A request for repair, or its confirmation."""

    sequence: int
    source: bytes
    """Packed address of the source."""
    group: bytes
    """Packed address of the group."""
    options: tuple[Option, ...] = ()

    def encode(self) -> bytes:
        """Return the type-specific part."""
        return NAK_BODY.pack(self.sequence) + encode_nla(self.source) + encode_nla(self.group)

    @property
    def sequences(self) -> tuple[int, ...]:
        """All sequence numbers, the list's included; raises PgmError when the list is malformed."""
        option = find_option(self.options, OPT_NAK_LIST)
        if option is None:
            return (self.sequence,)
        return (self.sequence, *NakList.from_option(option).sequences)


def decode_nak(data: bytes) -> tuple[Nak, int]:
    """Return the NAK without options and where options would start; raises PgmError."""
    start = HEADER_SIZE + NAK_BODY.size
    if len(data) < start:
        raise PgmError("NAK cut short", len(data))
    source, middle = decode_nla(data, start)
    group, end = decode_nla(data, middle)
    return Nak(NAK_BODY.unpack_from(data, HEADER_SIZE)[0], source, group), end
