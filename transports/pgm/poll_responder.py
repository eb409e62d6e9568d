"""Answers POLLs (RFC 3208 section 15): a sample of the receivers, each after a random delay."""

from __future__ import annotations

from typing import Final

from .wire import Poll

__all__ = ["PollResponder"]

_MAX_DELAY: Final = 1.0
_MICROSECONDS: Final = 1e6


class PollResponder:
    """The last POLL of one source, until it is answered."""

    __slots__ = ("_poll", "deadline")

    def __init__(self) -> None:
        self._poll: Poll | None = None
        self.deadline: float | None = None
        """When to answer; None when there is nothing to answer."""

    def hear(self, poll: Poll, node: int, random: float, now: float) -> None:
        """Take a POLL; it means us when our random `node` id matches. `random` lies in [0, 1)."""
        if poll.subtype == 0 and node & poll.mask == poll.random:
            self._poll = poll
            self.deadline = now + min(poll.back_off_us / _MICROSECONDS, _MAX_DELAY) * random

    def take(self, now: float) -> Poll | None:
        """Return the POLL to be answered now, if there is one."""
        if self.deadline is None or now < self.deadline:
            return None
        self.deadline = None
        return self._poll
