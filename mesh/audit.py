"""What was refused to whom: counted always, told now and then. No clock, no log.

The first of its kind is told at once, repetitions together ten seconds later at the earliest, and not more than
so many a second altogether, whoever tries what.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping

from .refusals import Offence, Refused

__all__ = ["Audit"]

_PAUSE = 10.0
"""Seconds between two reports of the same."""
_REMEMBERED = 1024
"""Different ones; the one told longest ago gives way."""
_RATE = 10.0
_BURST = 50.0
"""Reports a second, and at once."""


class Audit:
    """Counts, and says what is worth telling.

    Args:
        tell: takes what is to be told.
    """

    def __init__(self, tell: Callable[[Refused], None]) -> None:
        self._tell = tell
        self._counts: Counter[Offence] = Counter()
        self._told: OrderedDict[tuple[Offence, str, str, str], tuple[float, int]] = OrderedDict()
        self._allowance = _BURST
        self._at = 0.0

    def counts(self) -> Mapping[str, int]:
        """Return how often something of each kind was refused."""
        return {offence.value: self._counts[offence] for offence in Offence}

    def note(self, offence: Offence, source: str, who: str, reason: str, now: float) -> None:
        """Take an offence; `now` is monotonic seconds."""
        self._counts[offence] += 1
        # who tries again and again comes from a new port each time
        what = (offence, _host(source), who, reason)
        told_at, untold = self._told.pop(what, (-_PAUSE, 0))
        if now - told_at >= _PAUSE and self._may_tell(now):
            self._tell(Refused(offence, source, who, reason, untold + 1, self._counts[offence]))
            told_at, untold = now, 0
        else:
            untold += 1
        self._told[what] = (told_at, untold)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)

    def _may_tell(self, now: float) -> bool:
        self._allowance = min(_BURST, self._allowance + (now - self._at) * _RATE)
        self._at = now
        if self._allowance < 1.0:
            return False
        self._allowance -= 1.0
        return True


def _host(source: str) -> str:
    host, colon, port = source.rpartition(":")
    return host if colon and port.isdigit() else source
