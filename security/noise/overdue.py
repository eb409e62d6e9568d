"""How many handshakes came to nothing that a server answered: if enough, it asks clients to say HELLO again.

No clock: what is overdue grows by one with every WELCOME and shrinks by two with every client that goes on, so that
honest clients, however many, bring it down, and only who leaves it at HELLO brings it up.
"""

from __future__ import annotations

from typing import Final

__all__ = ["OVERDUE_LIMIT", "Overdue"]

OVERDUE_LIMIT: Final = 64
"""WELCOMEs without an INITIATE from which on clients must answer RETRY."""


class Overdue:
    """Of all connections of one server."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    @property
    def is_many(self) -> bool:
        """Whether a client must show first that its HELLO is no recording."""
        return self._count >= OVERDUE_LIMIT

    def welcomed(self) -> None:
        """Take note of a WELCOME."""
        self._count = min(self._count + 1, 2 * OVERDUE_LIMIT)

    def initiated(self) -> None:
        """Take note of a client that went on."""
        self._count = max(self._count - 2, 0)
