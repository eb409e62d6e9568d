"""What the options mean: each type beside its codec (RFC 3208 sections 9 and 11).

Every class has `to_option()` and `from_option(option)`; the latter raises `PgmError` on a value of the
wrong size. FIN, SYN and NBR_UNREACH have no value: a plain `Option` says all.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from covey.errors import PgmError

from ..constants import (
    MAX_NAK_LIST,
    OPT_CURR_TGSIZE,
    OPT_FLOW,
    OPT_FRAGMENT,
    OPT_JOIN,
    OPT_NAK_BO_IVL,
    OPT_NAK_BO_RNG,
    OPT_NAK_LIST,
    OPT_PARITY_GRP,
    OPT_PARITY_PRM,
    OPT_PARITY_SEEN,
    OPT_PATH_NLA,
    OPT_PGMCC_DATA,
    OPT_PGMCC_FEEDBACK,
    OPT_REDIRECT,
    OPT_RST,
    RST_ERROR_MASK,
)
from .nla import decode_nla, encode_nla
from .options import Option

__all__ = [
    "BackOffInterval",
    "BackOffRange",
    "CurrentGroupSize",
    "FlowReport",
    "Fragment",
    "Join",
    "NakList",
    "ParityGroup",
    "ParityParameters",
    "ParitySeen",
    "PathNla",
    "PgmccData",
    "PgmccFeedback",
    "Redirect",
    "Reset",
]

_U16: Final = struct.Struct("!H")
_U32: Final = struct.Struct("!I")
_TWO: Final = struct.Struct("!II")
_THREE: Final = struct.Struct("!III")


def _unpack(layout: struct.Struct, option: Option) -> tuple[int, ...]:
    if len(option.value) != layout.size:
        raise PgmError(f"option {option.type:#04x} with {len(option.value)} octets of value")
    return layout.unpack(option.value)


class _Number:
    """An option whose value is one 32-bit number."""

    __slots__ = ()
    kind: ClassVar[int]

    @classmethod
    def _read(cls, option: Option) -> int:
        return _unpack(_U32, option)[0]

    @classmethod
    def _write(cls, value: int) -> Option:
        return Option(cls.kind, _U32.pack(value))


@dataclass(slots=True, frozen=True)
class Fragment:
    """OPT_FRAGMENT: this TSDU is a part of a larger APDU. `u32 first | u32 offset | u32 size`."""

    first: int
    """Sequence number of the APDU's first packet."""
    offset: int
    """Where in the APDU this TSDU belongs; octets."""
    size: int
    """Octets of the whole APDU."""

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_FRAGMENT, _THREE.pack(self.first, self.offset, self.size))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(*_unpack(_THREE, option))


@dataclass(slots=True, frozen=True)
class NakList:
    """OPT_NAK_LIST: further sequence numbers, at most 62. `u32 sequence ...`."""

    sequences: tuple[int, ...]

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_NAK_LIST, struct.pack(f"!{len(self.sequences)}I", *self.sequences))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        count, odd = divmod(len(option.value), 4)
        if odd or not 1 <= count <= MAX_NAK_LIST:
            raise PgmError(f"NAK list of {len(option.value)} octets")
        return cls(struct.unpack(f"!{count}I", option.value))


@dataclass(slots=True, frozen=True)
class Join(_Number):
    """OPT_JOIN: the oldest sequence that a late joiner may ask for. `u32 sequence`."""

    kind: ClassVar[int] = OPT_JOIN
    minimum: int

    def to_option(self) -> Option:
        """Return the wire form."""
        return self._write(self.minimum)

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(cls._read(option))


@dataclass(slots=True, frozen=True)
class BackOffInterval:
    """OPT_NAK_BO_IVL. `u32 interval | u32 poll sequence`."""

    interval_us: int
    poll_sequence: int
    """POLL that this belongs to; 0 when the interval may be used at once."""

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_NAK_BO_IVL, _TWO.pack(self.interval_us, self.poll_sequence))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(*_unpack(_TWO, option))


@dataclass(slots=True, frozen=True)
class BackOffRange:
    """OPT_NAK_BO_RNG. `u32 maximum | u32 minimum`."""

    maximum_us: int
    minimum_us: int

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_NAK_BO_RNG, _TWO.pack(self.maximum_us, self.minimum_us))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(*_unpack(_TWO, option))


@dataclass(slots=True, frozen=True)
class Redirect:
    """OPT_REDIRECT: address of a designated local repairer. `NLA`."""

    address: bytes

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_REDIRECT, encode_nla(self.address))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        address, end = decode_nla(option.value, 0)
        if end != len(option.value):
            raise PgmError("option REDIRECT too long")
        return cls(address)


@dataclass(slots=True, frozen=True)
class PathNla:
    """OPT_PATH_NLA: the address itself, 4 or 16 octets."""

    address: bytes

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_PATH_NLA, self.address)

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        if len(option.value) not in (4, 16):
            raise PgmError("option PATH_NLA of no known size")
        return cls(option.value)


@dataclass(slots=True, frozen=True)
class ParityParameters:
    """OPT_PARITY_PRM: what parity a source offers. Octet 3: P 0x02, O 0x01. `u32 group size`."""

    flags: int
    """PARITY_PROACTIVE, PARITY_ON_DEMAND."""
    group_size: int

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_PARITY_PRM, _U32.pack(self.group_size), self.flags)

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(option.specific, _unpack(_U32, option)[0])


@dataclass(slots=True, frozen=True)
class ParityGroup(_Number):
    """OPT_PARITY_GRP: which run of k parity packets this one is in, above 0. `u32 number`."""

    kind: ClassVar[int] = OPT_PARITY_GRP
    number: int

    def to_option(self) -> Option:
        """Return the wire form."""
        return self._write(self.number)

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(cls._read(option))


@dataclass(slots=True, frozen=True)
class ParitySeen:
    """OPT_PARITY_SEEN: which parity packets the asker accounts for, of each group of a parity NAK. `u16 tag | u8 ...`.

    They came, or are not waited for any more. What the asker wants comes on top of them, so the source knows
    whether it has sent that already, whatever the delays are, and the largest request for a group counts, not
    the sum.
    """

    tag: int
    """Of the asker: the NCF repeats it, so the asker knows the answer to its own request, and how long it took."""
    counts: tuple[int, ...]

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_PARITY_SEEN, _U16.pack(self.tag) + bytes(self.counts))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        counts = option.value[_U16.size :]
        if not 1 <= len(counts) <= MAX_NAK_LIST + 1:
            raise PgmError(f"option PARITY_SEEN of {len(option.value)} octets")
        return cls(_U16.unpack_from(option.value)[0], tuple(counts))


@dataclass(slots=True, frozen=True)
class CurrentGroupSize(_Number):
    """OPT_CURR_TGSIZE: data packets in a group that was closed early. `u32 size`."""

    kind: ClassVar[int] = OPT_CURR_TGSIZE
    size: int

    def to_option(self) -> Option:
        """Return the wire form."""
        return self._write(self.size)

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(cls._read(option))


@dataclass(slots=True, frozen=True)
class Reset:
    """OPT_RST: the session ends. Octet 3: N 0x40 and a six-bit error code."""

    error: int

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_RST, b"", self.error & RST_ERROR_MASK)

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form."""
        return cls(option.specific & RST_ERROR_MASK)


@dataclass(slots=True, frozen=True)
class PgmccData:
    """OPT_PGMCC_DATA. `u32 timestamp (ms) | NLA of the elected acker`."""

    timestamp_ms: int
    acker: bytes

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_PGMCC_DATA, _U32.pack(self.timestamp_ms) + encode_nla(self.acker))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        acker, end = decode_nla(option.value, 4)
        if end != len(option.value):
            raise PgmError("option PGMCC_DATA too long")
        return cls(_U32.unpack_from(option.value)[0], acker)


@dataclass(slots=True, frozen=True)
class PgmccFeedback:
    """OPT_PGMCC_FEEDBACK. `u32 echoed timestamp (ms) | u16 family | u16 loss rate | address`."""

    timestamp_ms: int
    loss_rate: int
    """In 1/65536."""
    receiver: bytes

    def to_option(self) -> Option:
        """Return the wire form."""
        nla = bytearray(encode_nla(self.receiver))
        nla[2:4] = self.loss_rate.to_bytes(2, "big")
        return Option(OPT_PGMCC_FEEDBACK, _U32.pack(self.timestamp_ms) + bytes(nla))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        receiver, end = decode_nla(option.value, 4)
        if end != len(option.value):
            raise PgmError("option PGMCC_FEEDBACK too long")
        return cls(_U32.unpack_from(option.value)[0], int.from_bytes(option.value[6:8], "big"), receiver)


@dataclass(slots=True, frozen=True)
class FlowReport:
    """OPT_FLOW in an ACK: how far a receiver of ours has come. `u32 expected | u32 window`."""

    expected: int
    """The oldest sequence that it still lacks."""
    window: int
    """Packets beyond RX_MAX that it can take without reading."""

    def to_option(self) -> Option:
        """Return the wire form."""
        return Option(OPT_FLOW, _TWO.pack(self.expected, self.window))

    @classmethod
    def from_option(cls, option: Option) -> Self:
        """Read the wire form; raises PgmError."""
        return cls(*_unpack(_TWO, option))
