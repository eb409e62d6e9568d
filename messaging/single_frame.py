"""What the newer types share: a message is one frame, never several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from covey.errors import NotSupportedByType
from covey.transports.link import Message

from .pipe import Pipe
from .receiving import Receiver
from .sending import BalancedSender, Payload
from .socket import Socket

__all__ = ["SingleFrameReceiver", "SingleFrameSender", "keep_single"]


def keep_single(socket: Socket, pipe: Pipe, messages: list[Message]) -> list[Any]:
    """Return the messages of one frame; drop and count the others."""
    single = [message for message in messages if isinstance(message, bytes)]
    socket.count_dropped(pipe, len(messages) - len(single), "a message of several frames")
    return single


class SingleFrameSender(BalancedSender):
    """Sends messages of one frame to its peers in turn."""

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Refuse several frames.

        Raises:
            NotSupportedByType: there is not exactly one frame.
        """
        self._check_single(frames)
        await self.send(frames[0])

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Refuse several frames.

        Raises:
            NotSupportedByType: there is not exactly one frame.
        """
        self._check_single(frames)
        self.send_nowait(frames[0])

    def _outgoing(self, message: Message) -> Message:
        self._check_single([message] if isinstance(message, bytes) else message)
        return message

    def _push(self, message: Message) -> bool:
        if not isinstance(message, bytes):
            raise NotSupportedByType(self.socket_type, "send several frames")
        return super()._push(message)

    def _check_single(self, frames: Sequence[Any]) -> None:
        if len(frames) != 1:
            raise NotSupportedByType(self.socket_type, "send several frames")


class SingleFrameReceiver(Receiver):
    """Receives messages of one frame; others are dropped and counted."""

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Keep what has one frame."""
        return keep_single(self, pipe, messages)
