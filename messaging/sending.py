"""Sending round-robin: to each peer in turn, past those whose queue is full, waiting when all are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from covey.errors import SocketClosed, WouldBlock
from covey.transports.link import Message

from .pipe import Pipe
from .socket import Socket
from .waiting import WaitQueue

__all__ = ["BalancedSender", "as_message", "as_payload"]

Payload = bytes | bytearray | memoryview


def as_payload(data: Payload) -> bytes:
    """Return `data` as bytes; what is mutable is copied, so that it may be changed after the call.

    Raises:
        TypeError: it is not bytes-like (a str, for example: encode it first).
    """
    if type(data) is bytes:
        return data
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"a message is bytes-like, not {type(data).__name__}")


def as_message(frames: Sequence[Payload]) -> Message:
    """Return frames as a message: bytes for one, a list for several.

    Raises:
        TypeError: a frame is not bytes-like.
        ValueError: there is no frame.
    """
    if isinstance(frames, (bytes, bytearray, memoryview, str)):
        raise TypeError("send_multipart takes a sequence of frames; send() takes one")
    if not frames:
        raise ValueError("a message has at least one frame")
    if len(frames) == 1:
        return as_payload(frames[0])
    return [as_payload(frame) for frame in frames]


class BalancedSender(Socket):
    """A socket that sends to one peer at a time: `send`, `send_multipart`, `send_many`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._writable: deque[Pipe] = deque()  # those with room, the next one first
        self._writers = WaitQueue()
        self._breathe = False  # a queue was flushed inside send: let the loop have its turn

    async def send(self, data: Payload) -> None:
        """Queue a message of one frame for the next peer; waits while every peer's queue is full.

        Cancel: the message was not queued.

        Raises:
            SocketClosed: the socket was closed.
        """
        message = self._outgoing(as_payload(data))
        if self._breathe:
            self._breathe = False
            await asyncio.sleep(0)
        while not self._push(message):
            await self._wait_writable()

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Queue a message of several frames; they arrive together or not at all.

        Cancel: the message was not queued.
        """
        message = self._outgoing(as_message(frames))
        if self._breathe:
            self._breathe = False
            await asyncio.sleep(0)
        while not self._push(message):
            await self._wait_writable()

    def send_nowait(self, data: Payload) -> None:
        """Queue a message of one frame.

        Raises:
            WouldBlock: every peer's queue is full, or there is no peer.
        """
        if not self._push(self._outgoing(as_payload(data))):
            self._check_open()
            raise WouldBlock("every peer's queue is full, or there is no peer")

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Queue a message of several frames.

        Raises:
            WouldBlock: every peer's queue is full, or there is no peer.
        """
        if not self._push(self._outgoing(as_message(frames))):
            self._check_open()
            raise WouldBlock("every peer's queue is full, or there is no peer")

    async def send_many(self, messages: Iterable[Payload | Sequence[Payload]]) -> int:
        """Queue many messages, each bytes-like or a sequence of frames; return how many.

        Cancel: the message that was taken from `messages` last was not queued; all before it were.
        """
        count = 0
        for data in messages:
            message = data if type(data) is bytes else _any_message(data)
            if self._breathe:
                self._breathe = False
                await asyncio.sleep(0)
            while not self._push(message):
                await self._wait_writable()
            count += 1
        return count

    def _outgoing(self, message: Message) -> Message:
        """Return the message as it goes on the wire."""
        return message

    def _push(self, message: Message) -> bool:
        """Write to the next peer that has room; False when none has."""
        pipes = self._writable
        if not pipes:
            return False
        pipe = pipes[0]
        pipes.rotate(-1)
        if pipe.write(message):
            self._breathe = True
            if pipe.full:
                pipes.remove(pipe)
        return True

    async def _wait_writable(self) -> None:
        self._check_open()
        await self._writers.wait()

    def pipe_attached(self, pipe: Pipe) -> None:
        """Send to the newcomer as well."""
        super().pipe_attached(pipe)
        if not pipe.full:
            self.pipe_writable(pipe)

    def pipe_detached(self, pipe: Pipe) -> None:
        """Send to it no more."""
        super().pipe_detached(pipe)
        if pipe in self._writable:
            self._writable.remove(pipe)

    def pipe_writable(self, pipe: Pipe) -> None:
        """Take the pipe into the round and wake who waits."""
        if pipe in self._pipes and pipe not in self._writable:
            self._writable.append(pipe)
        self._writers.wake_all()

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits for room."""
        super().socket_closed(error)
        self._writers.fail(error)


def _any_message(data: Payload | Sequence[Payload]) -> Message:
    if isinstance(data, (bytes, bytearray, memoryview, str)):
        return as_payload(data)  # a str is refused there, in words
    return as_message(data)
