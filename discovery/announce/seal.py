"""What protects an announcement: the seam between the announcing engine and open or secret meshes."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Sealing"]


class Sealing(Protocol):
    """Turns bodies into datagrams and back."""

    def seal(self, body: bytes) -> bytes:
        """Return the datagram that says `body`, at most `LONGEST_BODY` octets."""
        ...

    def open(self, datagram: bytes) -> bytes | None:
        """Return the body, or None when the datagram is none for us. Never raises."""
        ...
