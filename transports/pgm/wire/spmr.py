"""SPM request (RFC 3208 section 13.3.1): a header and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from ..constants import HEADER_SIZE
from .options import Option

__all__ = ["Spmr", "decode_spmr"]


@dataclass(slots=True, frozen=True)
class Spmr:
    """A receiver that wants an SPM now."""

    options: tuple[Option, ...] = ()

    def encode(self) -> bytes:
        """Return the (empty) type-specific part."""
        return b""


def decode_spmr(data: bytes) -> tuple[Spmr, int]:
    """Return the request and where options would start."""
    return Spmr(), HEADER_SIZE
