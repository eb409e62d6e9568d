"""PGM packets: each type beside its codec. The only error that leaves the decoders is `PgmError`."""

from __future__ import annotations

from .ack import Ack
from .data import Data
from .header import Header, decode_header
from .nak import Nak
from .options import Option
from .packet import Body, Packet, decode_packet, encode_packet
from .poll import Poll, Polr
from .spm import Spm
from .spmr import Spmr

__all__ = [
    "Ack",
    "Body",
    "Data",
    "Header",
    "Nak",
    "Option",
    "Packet",
    "Poll",
    "Polr",
    "Spm",
    "Spmr",
    "decode_header",
    "decode_packet",
    "encode_packet",
]
