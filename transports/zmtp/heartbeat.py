"""Whether a peer is still there: PINGs at an interval, and the silence after which it is given up.

Spec: RFC 37, section "Connection Heartbeating". Times are monotonic seconds.
"""

from __future__ import annotations

__all__ = ["Heartbeat"]


class Heartbeat:
    """The clockless timers of one connection's heartbeats.

    Args:
        interval: seconds between PINGs, 0 for none.
        timeout: seconds of silence after a PING that end the connection, 0 for never.
    """

    __slots__ = ("_dead_at", "_heard_at", "_interval", "_next_ping", "_timeout")

    def __init__(self, interval: float, timeout: float) -> None:
        self._interval = interval
        self._timeout = timeout
        self._heard_at = 0.0
        self._next_ping: float | None = None
        self._dead_at: float | None = None

    def start(self, now: float) -> None:
        """Begin to ping."""
        self._heard_at = now
        if self._interval:
            self._next_ping = now + self._interval

    def heard(self, now: float) -> None:
        """Note a sign of life, whatever it was."""
        self._heard_at = now
        self._dead_at = None

    def promised(self, ttl: float) -> None:
        """Take a PING's time to live: the peer wants to be given up when it stays silent for so long."""
        if ttl:
            self._dead_at = self._heard_at + ttl

    def next_timeout(self) -> float | None:
        """Return when something is due, None for never."""
        if self._next_ping is None or self._dead_at is None:
            return self._dead_at if self._next_ping is None else self._next_ping
        return min(self._next_ping, self._dead_at)

    def silence(self, now: float) -> float | None:
        """Return for how many seconds a peer that is to be given up has been silent, else None."""
        if self._dead_at is not None and now >= self._dead_at:
            return now - self._heard_at
        return None

    def take_ping(self, now: float) -> bool:
        """Return whether a PING is due, and count on its being sent."""
        if self._next_ping is None or now < self._next_ping:
            return False
        self._next_ping = now + self._interval
        if self._dead_at is None and self._timeout:
            self._dead_at = now + self._timeout
        return True
