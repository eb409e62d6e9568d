"""Listens for IGMP queries, where that is permitted."""

from __future__ import annotations

import asyncio
import socket
from types import TracebackType
from typing import Self

__all__ = ["QueryCounter"]

_QUERY = 0x11
"""Type of a membership query (RFC 3376, section 4.1)."""


class QueryCounter:
    """Counts queries from `__aenter__` to `__aexit__`; `seen` is None where nobody may listen."""

    def __init__(self) -> None:
        self.seen: int | None = None
        self._raw: socket.socket | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        try:
            kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            self._raw = socket.socket(socket.AF_INET, kind, socket.IPPROTO_IGMP)
        except OSError:
            return self
        self.seen = 0
        asyncio.get_running_loop().add_reader(self._raw, self._readable)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        if self._raw is not None:
            asyncio.get_running_loop().remove_reader(self._raw)
            self._raw.close()

    def _readable(self) -> None:
        assert self._raw is not None
        assert self.seen is not None
        try:
            packet = self._raw.recv(2048)
        except OSError:
            return
        header = (packet[0] & 0x0F) * 4 if packet else 0
        self.seen += len(packet) > header and packet[header] == _QUERY
