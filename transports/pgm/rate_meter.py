"""How fast octets go by."""

from __future__ import annotations

from typing import Final

__all__ = ["RateMeter"]

_SPAN: Final = 1.0


class RateMeter:
    """Octets a second, over the last whole span of a second or more."""

    __slots__ = ("_octets", "_since", "rate")

    def __init__(self, now: float) -> None:
        self._since = now
        self._octets = 0
        self.rate = 0.0
        """Octets a second; 0.0 until a span is over."""

    def add(self, octets: int, now: float) -> None:
        """Count what went by."""
        self._octets += octets
        elapsed = now - self._since
        if elapsed >= _SPAN:
            self.rate = self._octets / elapsed
            self._octets = 0
            self._since = now
