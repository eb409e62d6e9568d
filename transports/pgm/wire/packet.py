"""A whole PGM packet: header, type-specific part, options, TSDU.

::

    header (16) | type-specific part | OPT_LENGTH and options, if the options octet says so | TSDU
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from covey.errors import PgmError

from ..constants import (
    ACK,
    CHECKSUM_OFFSET,
    NAK,
    NCF,
    NNAK,
    ODATA,
    OPTIONS_OFFSET,
    OPTIONS_PRESENT,
    POLL,
    POLR,
    RDATA,
    SPM,
    SPMR,
)
from .ack import Ack, decode_ack
from .checksum import checksum_of, is_intact, word_sum
from .data import Data, decode_data
from .header import Header, decode_header
from .nak import Nak, decode_nak
from .options import decode_options, encode_options
from .poll import Poll, Polr, decode_poll, decode_polr
from .spm import Spm, decode_spm
from .spmr import Spmr, decode_spmr

__all__ = ["Body", "Packet", "decode_packet", "encode_packet"]

Body = Spm | Data | Nak | Spmr | Poll | Polr | Ack

_DECODERS: Final[dict[int, Callable[[bytes], tuple[Any, int]]]] = {
    SPM: decode_spm,
    POLL: decode_poll,
    POLR: decode_polr,
    ODATA: decode_data,
    RDATA: decode_data,
    NAK: decode_nak,
    NNAK: decode_nak,
    NCF: decode_nak,
    SPMR: decode_spmr,
    ACK: decode_ack,
}


@dataclass(slots=True, frozen=True)
class Packet:
    """One decoded packet."""

    header: Header
    body: Body


def encode_packet(header: Header, body: Body) -> bytes:
    """Return the packet with its checksum; TSDU size and the presence of options come from `body`."""
    options = encode_options(body.options)
    tsdu = body.tsdu if isinstance(body, Data) else b""
    flags = header.flags | OPTIONS_PRESENT if options else header.flags
    head = header.encode(flags=flags, tsdu_size=len(tsdu))
    packet = bytearray(b"".join((head, body.encode(), options, tsdu)))
    packet[CHECKSUM_OFFSET : CHECKSUM_OFFSET + 2] = checksum_of(word_sum(packet)).to_bytes(2, "big")
    return bytes(packet)


def decode_packet(data: bytes) -> Packet:
    """Read one packet.

    Args:
        data: exactly one packet, from the first octet of its header.

    Raises:
        PgmError: of an unknown type, malformed, or with a wrong checksum. A checksum of zero (none) is
            accepted except on data, where RFC 3208 demands one.
    """
    header = decode_header(data)
    decoder = _DECODERS.get(header.type)
    if decoder is None:
        raise PgmError(f"unknown type {header.type:#x}", 4)
    if header.checksum == 0:
        if header.type in (ODATA, RDATA):
            raise PgmError("data without a checksum", CHECKSUM_OFFSET)
    elif not is_intact(data):
        raise PgmError("wrong checksum", CHECKSUM_OFFSET)
    body, end = decoder(data)
    if header.flags & OPTIONS_PRESENT:
        options, end = decode_options(data, end)
        body = replace(body, options=options)
        header = replace(header, flags=header.flags & ~OPTIONS_PRESENT)
    if len(data) - end != header.tsdu_size:
        raise PgmError(
            f"TSDU length {header.tsdu_size} where {len(data) - end} octets are left", OPTIONS_OFFSET
        )
    if header.tsdu_size:
        if not isinstance(body, Data):
            raise PgmError("data behind a control packet", end)
        body = replace(body, tsdu=bytes(data[end:]))
    return Packet(header, body)
