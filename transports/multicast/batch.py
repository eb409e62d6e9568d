"""Datagrams read one by one, put together again as the kernel would have done it (UDP_GRO)."""

from __future__ import annotations

from typing import Final

__all__ = ["DatagramBatch"]

_MOST: Final = 64


class DatagramBatch:
    """Datagrams of one sender and one size, of which the last may be shorter; the core reads such in columns."""

    __slots__ = ("_datagrams", "_is_open", "_source", "segment")

    def __init__(self) -> None:
        self._datagrams: list[bytes] = []
        self._source = ""
        self._is_open = True
        self.segment = 0
        """Octets of each; 0 for a single one."""

    def __bool__(self) -> bool:
        return bool(self._datagrams)

    def takes(self, data: bytes, segment: int, source: str) -> bool:
        """Add what one call received, if it goes with the rest."""
        known = self._datagrams
        if not known:
            self._source, self.segment, self._is_open = source, segment, not segment
        elif not self._is_open or segment or source != self._source:
            return False
        else:
            size = len(known[0])
            if len(data) > size or not data:
                return False
            self.segment = size
            self._is_open = len(data) == size and len(known) < _MOST
        known.append(data)
        return True

    def parts(self) -> tuple[bytes, str]:
        """Return all octets and their sender."""
        known = self._datagrams
        return known[0] if len(known) == 1 else b"".join(known), self._source
