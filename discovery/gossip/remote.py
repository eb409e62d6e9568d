"""One hub that we are a client of: whether it is there, and how often it wants to hear us."""

from __future__ import annotations

from math import inf

__all__ = ["Remote"]

_FIRST_PING = 1.0
_SHORTEST_PING = 0.4
_LONGEST_PING = 10.0
_SLOWER = 1.5
_SAFE = 0.6
_HELLO_PAUSE = 0.3


class Remote:
    """Paces PINGs. Hubs forget silent clients, czmq's after a second, and tell nobody their patience.

    Each answer makes the next pause longer; the first INVALID tells what is too long. All in seconds.
    """

    __slots__ = ("_ceiling", "_ping_at", "_said_hello", "interval", "is_connected")

    def __init__(self) -> None:
        self.is_connected = False
        self.interval = _FIRST_PING
        self._ceiling = _LONGEST_PING
        self._ping_at = inf
        self._said_hello = -inf

    def connected(self, now: float) -> None:
        """Note that the hub is there."""
        self.is_connected = True
        self._said_hello = now
        self._ping_at = now + self.interval

    def disconnected(self) -> None:
        """Note that it is not."""
        self.is_connected = False
        self._ping_at = inf

    def pong(self) -> None:
        """Note that it knew us after this pause."""
        self.interval = min(self.interval * _SLOWER, self._ceiling)

    def invalid(self, now: float) -> bool:
        """Note that it had forgotten us; return whether to say HELLO now."""
        if now - self._said_hello < _HELLO_PAUSE:
            return False
        self._ceiling = max(_SHORTEST_PING, self.interval * _SAFE)
        self.interval = min(self.interval, self._ceiling)
        self.connected(now)
        return True

    def next_timeout(self) -> float:
        """Return when a PING is due."""
        return self._ping_at

    def is_ping_due(self, now: float) -> bool:
        """Return whether to send a PING now; if so, it counts as sent."""
        if now < self._ping_at:
            return False
        self._ping_at = now + self.interval
        return True
