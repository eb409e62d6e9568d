"""When a source sends its next SPM (RFC 3208 section 5.1.4)."""

from __future__ import annotations

__all__ = ["Heartbeat"]


class Heartbeat:
    """Heartbeat SPMs follow data at doubling intervals; ambient SPMs go out however busy the source is."""

    __slots__ = ("_ambient", "_ambient_at", "_interval", "_maximum", "_minimum", "deadline")

    def __init__(self, minimum: float, maximum: float, ambient: float, now: float) -> None:
        self._minimum = minimum
        self._maximum = maximum
        self._ambient = ambient
        self._interval = minimum
        self._ambient_at = now + ambient
        self.deadline = now
        """When the next SPM is due."""

    def data_sent(self, now: float) -> None:
        """Start over: a tail lost now should be noticed soon."""
        if self._ambient_at <= now and self.deadline > now:
            self._ambient_at = now + self._ambient
        self._interval = self._minimum
        self.deadline = min(now + self._minimum, self._ambient_at)

    def spm_sent(self, now: float) -> None:
        """Wait twice as long as the last time."""
        self._ambient_at = now + max(self._ambient, self._interval)
        self.deadline = now + self._interval
        self._interval = min(self._interval * 2, self._maximum)
