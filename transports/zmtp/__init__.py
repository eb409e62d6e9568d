"""ZMTP 3.1 (RFC 37) and its ancestors as sans-I/O cores."""

from __future__ import annotations

__all__: list[str] = []
