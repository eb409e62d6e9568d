"""How much work is done for those who have not proved who they are: a table of sources, and what each may cost.

Nobody pays for success. A source, that is an address without its port, pays one token for each connection that
ends before its handshake is over, whoever ended it: a refused key, a malformed command, silence, hanging up. Who
has none left is closed at accept, before a byte is read or a key is touched, until time, or a handshake that
succeeds, gives it tokens again.
"""

from __future__ import annotations

from dataclasses import dataclass

from covey.values import frozen

__all__ = ["BURST", "MAX_SOURCES", "RATE", "TELL_EVERY", "Admission", "Refusals"]

BURST = 256
"""Failed handshakes that a source may have at once: a whole mesh with an outdated secret behind one address."""
RATE = 10.0
"""Failed handshakes a second that a source may go on with: about a hundredth of a core's time."""
MAX_SOURCES = 1024
"""Sources that are remembered; the one heard of longest ago gives way."""
TELL_EVERY = 10.0
"""Seconds between two reports about the same source."""


@dataclass(slots=True)
class _Source:
    tokens: float
    at: float
    """When `tokens` was right. Monotonic seconds."""
    untold: int = 0
    """Refused and not reported yet."""
    tell_at: float = 0.0


@frozen
class Refusals:
    """What is to be reported: so many connections of this source were refused since the last report."""

    source: str
    count: int


class Admission:
    """Decides on connections at accept. Time in monotonic seconds.

    Attributes:
        refused: connections that were not let begin, over the whole life.
    """

    __slots__ = ("_burst", "_most", "_rate", "_sources", "refused")

    def __init__(self, *, burst: int = BURST, rate: float = RATE, most: int = MAX_SOURCES) -> None:
        self._burst = burst
        self._rate = rate
        self._most = most
        self._sources: dict[str, _Source] = {}
        self.refused = 0

    def __len__(self) -> int:
        return len(self._sources)

    def admits(self, source: str, now: float) -> bool:
        """Whether a connection from `source` may begin; a refusal is counted."""
        known = self._sources.get(source)
        if known is None or self._refilled(known, now).tokens >= 1.0:
            return True
        self.refused += 1
        known.untold += 1
        return False

    def failed(self, source: str, now: float) -> None:
        """Charge a source for a handshake that came to nothing."""
        known = self._sources.pop(source, None) or _Source(float(self._burst), now)
        self._sources[source] = known
        self._refilled(known, now).tokens = max(0.0, known.tokens - 1.0)
        if len(self._sources) > self._most:
            del self._sources[next(iter(self._sources))]

    def succeeded(self, source: str) -> None:
        """Give a source back what one failure cost: who belongs here shares the address with those who do not."""
        known = self._sources.get(source)
        if known is not None:
            known.tokens = min(float(self._burst), known.tokens + 1.0)

    def to_tell(self, source: str, now: float) -> Refusals | None:
        """Return what there is to report about a source after a refusal, None if it was reported just now."""
        known = self._sources.get(source)
        if known is None or not known.untold or now < known.tell_at:
            return None
        told = Refusals(source, known.untold)
        known.untold = 0
        known.tell_at = now + TELL_EVERY
        return told

    def _refilled(self, known: _Source, now: float) -> _Source:
        known.tokens = min(float(self._burst), known.tokens + (now - known.at) * self._rate)
        known.at = now
        return known
