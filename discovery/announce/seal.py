"""What protects an announcement: the seam between the announcing engine and modes of trust."""

from __future__ import annotations

from typing import Protocol

__all__ = ["MemberSealing", "Sealing"]


class Sealing(Protocol):
    """Turns bodies into datagrams and back."""

    def seal(self, body: bytes) -> bytes:
        """Return the datagram that says `body`, at most `LONGEST_BODY` octets."""
        ...

    def open(self, datagram: bytes) -> bytes | None:
        """Return the body, or None when the datagram is none for us. Never raises."""
        ...


class MemberSealing(Sealing, Protocol):
    """The same for members with lasting keys."""

    @property
    def room(self) -> int:
        """Octets that a body for one member may have."""
        ...

    def seal_to(self, key: bytes, body: bytes) -> bytes | None:
        """Return the datagram that says `body` to the holder of a key; None when there can be no such holder."""
        ...

    def open_from(self, datagram: bytes) -> tuple[bytes, bytes | None, bytes | None] | None:
        """Return body, proven sender (None when it cannot be proven yet) and certificate (None for what was to all).

        None when the datagram is none for us. Never raises.
        """
        ...

    def refusal_of(self, key: bytes, certificate: bytes | None) -> str:
        """Return why the holder of a key is not listened to; empty when it is, or may still show why it should."""
        ...

    def is_member(self, key: bytes) -> bool:
        """Whether the holder of a key is known to be a member at this moment."""
        ...
