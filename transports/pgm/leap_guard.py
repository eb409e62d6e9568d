"""Judges packets far ahead of a source's stream: one forged packet must not move it."""

from __future__ import annotations

from typing import Final

__all__ = ["LEAP_TOLERANCE", "LeapGuard"]

LEAP_TOLERANCE: Final = 4096
"""A leap counts when the next packet that leaps is at most so much newer."""


class LeapGuard:
    """Remembers the last leap of one source."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: int | None = None

    def confirms(self, sequence: int) -> bool:
        """Whether `sequence`, beyond the window, was announced by an earlier leap close to it."""
        last, self._last = self._last, sequence
        if last is None or not 0 <= sequence - last <= LEAP_TOLERANCE:
            return False
        self._last = None
        return True
