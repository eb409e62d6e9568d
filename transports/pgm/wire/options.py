"""The option block behind a packet's type-specific part (RFC 3208 section 9).

::

     0                   1                   2                   3
    +---------------+---------------+-------------------------------+
    | OPT_LENGTH 0  |       4       |  length of the whole block    |
    +-+-------------+---------------+---------+-+---+-+-------------+
    |E| option type |    length     |reserved |F|OPX|U|  specific   |
    +-+-------------+---------------+---------+-+---+-+-------------+
    |                    value, length - 4 octets                   |
    +---------------------------------------------------------------+

E marks the last option. Reserved bits are ignored and kept: OpenPGM sends whatever its stack held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from covey.errors import PgmError

from ..constants import (
    MAX_OPTIONS,
    OPT_END,
    OPT_LENGTH,
    OPT_TYPE_MASK,
    OPTION_HEAD,
    OPTION_HEAD_SIZE,
    OPTIONS_TOTAL,
)

__all__ = ["Option", "decode_options", "encode_options", "find_option"]


@dataclass(slots=True, frozen=True)
class Option:
    """One option as it stands on the wire; the types of `option_types` give it meaning."""

    type: int
    """0x01 to 0x7f, without the end bit."""
    value: bytes = b""
    """What follows the four-octet head; up to 251 octets."""
    specific: int = 0
    """The fourth octet: U bit and option-specific bits."""
    coding: int = 0
    """The third octet: reserved bits, F bit, OPX."""

    def encode(self, *, last: bool) -> bytes:
        """Return the octets of this option."""
        kind = self.type | OPT_END if last else self.type
        return (
            OPTION_HEAD.pack(kind, OPTION_HEAD_SIZE + len(self.value), self.coding, self.specific)
            + self.value
        )


def encode_options(options: Sequence[Option]) -> bytes:
    """Return the whole block, OPT_LENGTH included; nothing for no options."""
    if not options:
        return b""
    final = len(options) - 1
    body = b"".join(option.encode(last=index == final) for index, option in enumerate(options))
    return OPTIONS_TOTAL.pack(OPT_LENGTH, OPTIONS_TOTAL.size, OPTIONS_TOTAL.size + len(body)) + body


def decode_options(data: bytes, offset: int) -> tuple[tuple[Option, ...], int]:
    """Return the options of the block at `offset` and the offset behind the block.

    Raises:
        PgmError: a length that does not fit, too many options, no end mark at the block's end.
    """
    if len(data) - offset < OPTIONS_TOTAL.size:
        raise PgmError("option block cut short", offset)
    kind, length, total = OPTIONS_TOTAL.unpack_from(data, offset)
    end = offset + total
    if kind != OPT_LENGTH or length != OPTIONS_TOTAL.size or end > len(data):
        raise PgmError("bad OPT_LENGTH", offset)
    options: list[Option] = []
    offset += OPTIONS_TOTAL.size
    while True:
        option, offset, last = _decode_option(data, offset, end)
        options.append(option)
        if last:
            break
        if len(options) == MAX_OPTIONS:
            raise PgmError("too many options", offset)
    if offset != end:
        raise PgmError("options end before their block", offset)
    return tuple(options), end


def _decode_option(data: bytes, offset: int, end: int) -> tuple[Option, int, bool]:
    if end - offset < OPTION_HEAD_SIZE:
        raise PgmError("option cut short", offset)
    kind, length, coding, specific = OPTION_HEAD.unpack_from(data, offset)
    stop = offset + length
    if length < OPTION_HEAD_SIZE or stop > end:
        raise PgmError(f"option {kind & OPT_TYPE_MASK:#04x} with a bad length of {length}", offset)
    value = bytes(data[offset + OPTION_HEAD_SIZE : stop])
    return Option(kind & OPT_TYPE_MASK, value, specific, coding), stop, bool(kind & OPT_END)


def find_option(options: Sequence[Option], kind: int) -> Option | None:
    """Return the first option of type `kind`."""
    for option in options:
        if option.type == kind:
            return option
    return None
