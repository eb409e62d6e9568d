"""What is remembered of other nodes that announce themselves: those that were met, and those that were asked."""

from __future__ import annotations

from .place import Place

__all__ = ["RETRIES", "Asked", "Known"]

RETRIES = (0.25, 0.5, 0.75, 1.0, 1.25)
"""Seconds after a question until it is repeated; after the last one, the node is met by connecting."""
_OVERTAKEN = 1.0
"""Seconds for which a datagram may still be on its way, by another interface, when a newer one is heard."""


class Known:
    """A node that was met."""

    __slots__ = ("_marked_at", "_past", "_recent", "content", "highest", "place", "seen_at")

    def __init__(self, place: Place, highest: int, content: bytes, now: float) -> None:
        self.place = place
        self.seen_at = now
        self.highest = highest
        self.content = content
        self._past = self._recent = -1
        self._marked_at = now

    def said(self, sequence: int, now: float) -> None:
        """Take note of the newest that it said."""
        if now - self._marked_at > _OVERTAKEN:
            self._past, self._recent, self._marked_at = self._recent, self.highest, now
        self.highest = sequence

    def is_past(self, sequence: int) -> bool:
        """Whether something is older than what was heard some time ago, so that it cannot have been overtaken."""
        return sequence <= self._past


class Asked:
    """A node that was asked whether it is there."""

    __slots__ = ("due", "echo", "has_failed", "place", "quiet_until", "tries")

    def __init__(self, place: Place, echo: bytes, due: float) -> None:
        self.place = place
        self.echo = echo
        self.tries = 0
        self.due = self.quiet_until = due
        self.has_failed = False

    @property
    def is_at_end(self) -> bool:
        """Whether it was asked as often as a node is."""
        return self.tries >= len(RETRIES)
