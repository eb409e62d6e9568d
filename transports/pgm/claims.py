"""What a source says about its window, weighed before it is believed: anybody on the link can forge it.

A claim that would cost something, because it leaps, gives up what can still be repaired, or makes later words count
as old, holds when a second packet bears it out. What the source says later takes back what was forged before.
"""

from __future__ import annotations

from typing import Final

from .leap_guard import LEAP_TOLERANCE, LeapGuard
from .sequence import precedes

__all__ = ["Claims"]

_NEAR: Final = 1024
"""So many packets may be missed in one go and believed at once."""
_STALE: Final = 64
"""An SPM so much older than the newest was not merely overtaken."""
_SURE: Final = 0.1
"""Seconds for which a stream must be heard nowhere but far ahead until it is followed there."""
_OVERTAKEN: Final = 0.1
"""An SPM does not come later than this after data that was sent after it; seconds."""


class Claims:
    """The claims of one source."""

    __slots__ = (
        "_back",
        "_leap",
        "_leap_at",
        "_leap_from",
        "_life",
        "_raised_at",
        "_spm",
        "_stale",
        "_trail",
    )

    def __init__(self) -> None:
        self._leap = LeapGuard()
        self._leap_at = 0.0
        self._leap_from: int | None = None
        self._back = LeapGuard()
        self._life = LeapGuard()
        self._spm: int | None = None
        self._stale: int | None = None
        self._trail: int | None = None
        self._raised_at = 0.0

    def admits(self, sequence: int, lead: int, limit: int, now: float) -> bool:
        """Whether `sequence` can be the newest, when `lead` was.

        What would give up everything, more than `limit` ahead, must be borne out for a while in which the stream
        does not go on where it was.
        """
        ahead = sequence - lead
        if ahead <= _NEAR:
            return True
        is_borne_out = self._leap.confirms(sequence)
        if ahead <= limit:
            return is_borne_out
        if not is_borne_out or lead != self._leap_from:
            self._leap_from, self._leap_at = lead, now
        if is_borne_out:
            self._leap.confirms(sequence)
        return is_borne_out and now - self._leap_at >= _SURE

    def returns(self, told: int, expected: int, limit: int) -> bool:
        """Whether SPMs show that the stream never was where it was thought to be, but far behind."""
        return expected - told > limit and self._back.confirms(told)

    def belies_farewell(self, sequence: int, lead: int) -> bool:
        """Whether data of a source that said goodbye, newer than all before, shows that others said it."""
        return 0 < sequence - lead <= LEAP_TOLERANCE and self._life.confirms(sequence)

    def raised(self, now: float) -> None:
        """Take note that the lead was moved, with a gap before it."""
        self._raised_at = now

    def refutes(self, told: int, lead: int, now: float) -> bool:
        """Whether an SPM that says `told` shows that nothing up to `lead` was sent, and did not just come late."""
        return told < lead and (lead - told > _NEAR or now - self._raised_at > _OVERTAKEN)

    def takes_spm(self, wire: int) -> bool:
        """Whether an SPM of that number says something new.

        When several in a row look old, the newer one before them was forged.
        """
        last = self._spm
        if last is not None and precedes(wire, last):
            stale, self._stale = self._stale, wire
            far = precedes(wire + _STALE, last)
            if not far or stale is None or not precedes(stale, wire) or not precedes(wire, stale + _STALE):
                return False
        self._spm = wire
        self._stale = None
        return True

    def trail(self, trail: int, expected: int) -> int:
        """Return which trail is sure when a packet says `trail`, and `expected` is the oldest that we lack."""
        if trail <= expected:
            self._trail = None
            return trail
        before, self._trail = self._trail, trail
        return expected if before is None else min(before, trail)
