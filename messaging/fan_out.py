"""Messages in a row for the same subscribers: queued once, and given to every pipe in one piece.

Writing each message to each pipe costs a publisher with many subscribers most of its time. While message after
message goes to the same pipes and all of them have room, a message is only put into a list; the list goes to
every pipe in the loop's next turn, or before anything else is written to one of them.
"""

from __future__ import annotations

import asyncio

from covey.transports.link import Message

from .pipe import Pipe

__all__ = ["FanOut"]

_FEW = 2  # pipes from which on sharing is worth it


class FanOut:
    """The run of messages that is under way."""

    __slots__ = ("_loop", "_messages", "_pipes", "_room")

    def __init__(self) -> None:
        self._pipes: tuple[Pipe, ...] = ()
        self._messages: list[Message] = []
        self._room = 0  # messages that every pipe of the run can still take without being flushed
        self._loop: asyncio.AbstractEventLoop | None = None

    def take(self, message: Message, pipes: tuple[Pipe, ...]) -> bool:
        """Queue a message for `pipes`; False when it is to be written to each of them.

        Args:
            message: what is sent.
            pipes: who gets it; the same object as the last time when nobody came or went.
        """
        if pipes is not self._pipes:
            self.settle()
            self._pipes = pipes
            self._room = 0
            return False
        if self._room <= 0 and not self._begin():
            return False
        self._room -= 1
        self._messages.append(message)
        return True

    def _begin(self) -> bool:
        """Begin a run, or the next one; False when some pipe may have no room."""
        self.settle()
        if len(self._pipes) < _FEW or any(pipe.full for pipe in self._pipes):
            return False
        self._room = min(pipe.room for pipe in self._pipes) - 1
        if self._room <= 0:
            return False
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self.settle)
        return True

    def settle(self) -> None:
        """Give the run to every pipe of it that is still there."""
        messages = self._messages
        if messages:
            self._messages = []
            self._room = 0
            for pipe in self._pipes:
                pipe.write_many(messages)
