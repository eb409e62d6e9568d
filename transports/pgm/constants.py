"""Every number of PGM (RFC 3208) and of what libzmq puts inside, in one table.

Plain ints serve the hot paths; the enums are for people. Offsets count from the first octet of the PGM
header. All fields are in network byte order.
"""

from __future__ import annotations

import enum
import struct
from typing import Final

__all__ = [
    "ACK",
    "ACK_BODY",
    "AFI_IPV4",
    "AFI_IPV6",
    "CHECKSUM_OFFSET",
    "DATA_BODY",
    "DATA_OVERHEAD",
    "DATA_RESERVE",
    "DEFAULT_MTU",
    "FIELD_POLYNOMIAL",
    "FRAME_MORE",
    "FRAMING_HEAD",
    "FRAMING_HEAD_SIZE",
    "GSI_OFFSET",
    "GSI_SIZE",
    "HEADER",
    "HEADER_SIZE",
    "IPV4_HEADER",
    "IPV6_HEADER",
    "IP_PROTOCOL",
    "LONG_LENGTH",
    "MAX_CODE_LENGTH",
    "MAX_FRAGMENTED_APDU",
    "MAX_FRAGMENTS",
    "MAX_FRAMES",
    "MAX_GROUP_SIZE",
    "MAX_NAK_LIST",
    "MAX_OPTIONS",
    "MAX_SHORT_BODY",
    "MIN_GROUP_SIZE",
    "NAK",
    "NAK_BODY",
    "NCF",
    "NLA_HEAD",
    "NNAK",
    "NO_BOUNDARY",
    "NO_LEAD",
    "ODATA",
    "OPTIONS_NETWORK",
    "OPTIONS_OFFSET",
    "OPTIONS_PARITY",
    "OPTIONS_PRESENT",
    "OPTIONS_TOTAL",
    "OPTIONS_VAR_PKTLEN",
    "OPTION_HEAD",
    "OPTION_HEAD_SIZE",
    "OPT_CR",
    "OPT_CRQST",
    "OPT_CURR_TGSIZE",
    "OPT_END",
    "OPT_FIN",
    "OPT_FLOW",
    "OPT_FRAGMENT",
    "OPT_INVALID",
    "OPT_JOIN",
    "OPT_LENGTH",
    "OPT_NAK_BO_IVL",
    "OPT_NAK_BO_RNG",
    "OPT_NAK_LIST",
    "OPT_NBR_UNREACH",
    "OPT_PARITY_GRP",
    "OPT_PARITY_PRM",
    "OPT_PARITY_SEEN",
    "OPT_PATH_NLA",
    "OPT_PGMCC_DATA",
    "OPT_PGMCC_FEEDBACK",
    "OPT_REDIRECT",
    "OPT_RST",
    "OPT_SYN",
    "OPT_TYPE_MASK",
    "PARITY_ON_DEMAND",
    "PARITY_PROACTIVE",
    "POLL",
    "POLL_BODY",
    "POLL_TAIL",
    "POLR",
    "PacketType",
    "RDATA",
    "RST_ERROR_MASK",
    "RST_N",
    "SEQUENCE_HALF",
    "SEQUENCE_MASK",
    "SPM",
    "SPMR",
    "SPM_BODY",
    "TSI_SIZE",
    "TYPE_MASK",
    "TYPE_OFFSET",
    "UDP_HEADER",
    "UPSTREAM_TYPES",
    "VERSION_MASK",
]

IP_PROTOCOL: Final = 113
"""PGM directly in IP (`pgm://`)."""

# --- packet types (RFC 3208 section 8, low nibble of octet 4) --------------------------------------------

SPM: Final = 0x0
POLL: Final = 0x1
POLR: Final = 0x2
ODATA: Final = 0x4
RDATA: Final = 0x5
NAK: Final = 0x8
NNAK: Final = 0x9
NCF: Final = 0xA
SPMR: Final = 0xC
ACK: Final = 0xD


class PacketType(enum.IntEnum):
    """What a PGM packet is."""

    SPM = SPM
    """Source path message: window edges and the source's address, downstream."""
    POLL = POLL
    """Poll request, downstream."""
    POLR = POLR
    """Poll response, upstream."""
    ODATA = ODATA
    """Original data, downstream."""
    RDATA = RDATA
    """Repair data, downstream."""
    NAK = NAK
    """Request for repair, upstream."""
    NNAK = NNAK
    """Null NAK of a local repairer, upstream."""
    NCF = NCF
    """Confirmation of a NAK, downstream."""
    SPMR = SPMR
    """Request for an SPM, upstream."""
    ACK = ACK
    """Acknowledgement (PGMCC draft), upstream; carries our receivers' reports."""


UPSTREAM_TYPES: Final = frozenset({POLR, NAK, NNAK, SPMR, ACK})
"""Types that travel from receiver to source: their two ports are swapped."""

# --- common header (section 8.1) --------------------------------------------------------------------------

HEADER: Final = struct.Struct("!HHBBH6sH")
"""source port, destination port, type, options, checksum, GSI, TSDU length."""
HEADER_SIZE: Final = 16
TYPE_OFFSET: Final = 4
OPTIONS_OFFSET: Final = 5
CHECKSUM_OFFSET: Final = 6
GSI_OFFSET: Final = 8
GSI_SIZE: Final = 6
TSI_SIZE: Final = 8
"""Transport session identifier: GSI and source port."""
TYPE_MASK: Final = 0x0F
VERSION_MASK: Final = 0xF0
"""Version (two bits) and reserved (two bits): all zero."""

OPTIONS_PRESENT: Final = 0x01
OPTIONS_NETWORK: Final = 0x02
"""Some option matters to network elements."""
OPTIONS_VAR_PKTLEN: Final = 0x40
"""A parity packet over TSDUs of differing lengths."""
OPTIONS_PARITY: Final = 0x80

# --- type-specific parts ----------------------------------------------------------------------------------

SPM_BODY: Final = struct.Struct("!III")
"""SPM sequence, trailing edge, leading edge."""
DATA_BODY: Final = struct.Struct("!II")
"""data sequence, trailing edge."""
DATA_OVERHEAD: Final = HEADER_SIZE + 8
NAK_BODY: Final = struct.Struct("!I")
POLL_BODY: Final = struct.Struct("!IHH")
"""sequence, round, sub-type."""
POLL_TAIL: Final = struct.Struct("!III")
"""back-off interval (microseconds), random string, matching mask."""
ACK_BODY: Final = struct.Struct("!II")
"""RX_MAX, bitmap."""
NLA_HEAD: Final = struct.Struct("!HH")
"""address family, reserved."""
AFI_IPV4: Final = 1
AFI_IPV6: Final = 2

SEQUENCE_MASK: Final = 0xFFFFFFFF
SEQUENCE_HALF: Final = 0x80000000
NO_LEAD: Final = 0xFFFFFFFF
"""Leading edge of a source that has sent nothing and will start at 0."""

# --- options (section 9) ----------------------------------------------------------------------------------

OPT_LENGTH: Final = 0x00
OPT_FRAGMENT: Final = 0x01
OPT_NAK_LIST: Final = 0x02
OPT_JOIN: Final = 0x03
OPT_NAK_BO_IVL: Final = 0x04
OPT_NAK_BO_RNG: Final = 0x05
OPT_REDIRECT: Final = 0x07
OPT_PARITY_PRM: Final = 0x08
OPT_PARITY_GRP: Final = 0x09
OPT_CURR_TGSIZE: Final = 0x0A
OPT_NBR_UNREACH: Final = 0x0B
OPT_PATH_NLA: Final = 0x0C
OPT_SYN: Final = 0x0D
OPT_FIN: Final = 0x0E
OPT_RST: Final = 0x0F
OPT_CR: Final = 0x10
OPT_CRQST: Final = 0x11
OPT_PGMCC_DATA: Final = 0x12
OPT_PGMCC_FEEDBACK: Final = 0x13
OPT_FLOW: Final = 0x61
"""Ours. In an SPM: reports are wanted. In an ACK: the report. Other implementations pass over it."""
OPT_PARITY_SEEN: Final = 0x62
"""Ours, in parity NAKs and NCFs: beyond which parity packets the asker wants more; others pass over it."""
OPT_INVALID: Final = 0x7F

OPT_END: Final = 0x80
"""Bit of the type octet that marks the last option."""
OPT_TYPE_MASK: Final = 0x7F
OPTION_HEAD: Final = struct.Struct("!BBBB")
"""type, length, reserved(5) F(1) OPX(2), U(1) specific(7)."""
OPTION_HEAD_SIZE: Final = 4
OPTIONS_TOTAL: Final = struct.Struct("!BBH")
"""OPT_LENGTH: type 0, length 4, length of all options."""
MAX_OPTIONS: Final = 16
MAX_NAK_LIST: Final = 62
"""Further sequence numbers in OPT_NAK_LIST."""

PARITY_ON_DEMAND: Final = 0x01
PARITY_PROACTIVE: Final = 0x02
RST_N: Final = 0x40
RST_ERROR_MASK: Final = 0x3F

MAX_FRAGMENTS: Final = 64
"""Packets of one fragmented APDU that a receiver puts together (OpenPGM: 16)."""
MAX_FRAGMENTED_APDU: Final = 65_536
"""Octets of one fragmented APDU (OpenPGM: 65 535)."""

# --- parity (section 11, RFC 5510) ------------------------------------------------------------------------

FIELD_POLYNOMIAL: Final = 0x11D
MAX_CODE_LENGTH: Final = 255
"""n: data and parity packets of one transmission group."""
MAX_GROUP_SIZE: Final = 128
MIN_GROUP_SIZE: Final = 2

# --- what libzmq puts into a TSDU -------------------------------------------------------------------------

FRAMING_HEAD: Final = struct.Struct("!H")
FRAMING_HEAD_SIZE: Final = 2
NO_BOUNDARY: Final = 0xFFFF
"""Offset of a TSDU in which no message starts."""
FRAME_MORE: Final = 0x01
LONG_LENGTH: Final = 0xFF
MAX_SHORT_BODY: Final = 253
MAX_FRAMES: Final = 65_536
"""Frames of one message that a receiver takes."""

# --- sizes ------------------------------------------------------------------------------------------------

DEFAULT_MTU: Final = 1500
IPV4_HEADER: Final = 20
IPV6_HEADER: Final = 40
UDP_HEADER: Final = 8
DATA_RESERVE: Final = 44
"""libzmq keeps this much for PGM: header, sequence, trail and an OPT_FRAGMENT that it never sends."""
