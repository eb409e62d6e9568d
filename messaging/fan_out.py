"""Messages in a row for the same subscribers: queued once, and given to every pipe in one piece.

Writing each message to each pipe costs a publisher most of its time. While message after message goes to the same
pipes and all of them have room, a message is only put into a list; the list goes to every pipe in the loop's next
turn, or before anything else is written to one of them. Where every subscriber wants everything, as it is for every
multicast address, nobody even looks at topics meanwhile.
"""

from __future__ import annotations

import asyncio

from covey.transports.link import Message

from .pipe import Pipe
from .subscriptions import SubscriptionTable

__all__ = ["FanOut"]

_FEW = 2  # pipes from which on sharing is worth it, where topics are looked at
_MOST = 1023  # messages of a run whose topics nobody looks at: the loop is to have its turn


class FanOut:
    """The run of messages that is under way."""

    __slots__ = ("_is_for_all", "_loop", "_pipes", "_room", "_table", "free", "messages")

    def __init__(self, table: SubscriptionTable[Pipe]) -> None:
        self._table = table
        self._pipes: tuple[Pipe, ...] = ()
        self._room = 0  # messages that every pipe of the run can still take without being flushed
        self._is_for_all = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self.messages: list[Message] = []
        """The run."""
        self.free = 0
        """How many messages may be appended to `messages` whatever their topic; count it down with each."""

    @property
    def is_used_up(self) -> bool:
        """Whether a run whose topics nobody looked at has had all that it may: let the loop have its turn."""
        return self._is_for_all and not self.free and bool(self.messages)

    def take(self, message: Message, pipes: tuple[Pipe, ...]) -> bool:
        """Queue a message for `pipes`; False when it is to be written to each of them.

        Args:
            message: what is sent.
            pipes: who gets it; the same object as the last time when nobody came or went.
        """
        if pipes is not self._pipes:
            self.settle()
            self._pipes = pipes
            return False
        if self.free > 0:
            self.free -= 1
        elif self._room > 0 or self._begin():
            self._room -= 1
        else:
            return False
        self.messages.append(message)
        return True

    def _begin(self) -> bool:
        """Begin a run, or the next one; False when some pipe may have no room."""
        self.settle()
        pipes = self._pipes
        self._is_for_all = self._table.everybody is pipes
        if len(pipes) < (1 if self._is_for_all else _FEW) or any(pipe.full for pipe in pipes):
            return False
        room = min(pipe.room for pipe in pipes) - 1
        if room <= 0:
            return False
        if self._is_for_all:
            self._room, self.free = 1, min(room, _MOST) - 1
        else:
            self._room = room
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self.settle)
        return True

    def settle(self) -> None:
        """Give the run to every pipe of it that is still there."""
        messages = self.messages
        if messages:
            self.messages = []
            self._room = self.free = 0
            for pipe in self._pipes:
                pipe.write_many(messages)
