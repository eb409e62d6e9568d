"""Parity repair: a Reed-Solomon erasure code over transmission groups (RFC 3208 section 11)."""

from __future__ import annotations

from .group import encode_parity, recover, spare_packets

__all__ = ["encode_parity", "recover", "spare_packets"]
