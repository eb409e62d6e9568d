"""Receiving: one queue out of many inboxes, fair to every peer."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Self

from covey.errors import MultipartMessage, SocketClosed, UsageError, WouldBlock
from covey.transports.link import Message

from .pipe import Pipe
from .received import ReceivedMessage, Tagged
from .socket import Socket
from .waiting import WaitQueue

__all__ = ["Receiver"]

_FAIR_ROUNDS = 64  # messages taken from each of several peers before the next look at who has some


class Receiver(Socket):
    """A socket that receives: `recv`, `recv_multipart`, `recv_many`, `async for`."""

    iterates_multipart = False
    """Whether `async for` yields lists of frames."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._ready: deque[Any] = deque()  # taken from the inboxes, in the order of delivery
        self._readable: deque[Pipe] = deque()  # pipes whose inbox is not empty
        self._readers = WaitQueue()

    # -- what the application calls -----------------------------------------------------------------------

    async def recv(self) -> bytes:
        """Return the next message, which has one frame.

        Cancel: no message is lost; it stays for the next call.

        Raises:
            MultipartMessage: it has several frames and stays queued for `recv_multipart`.
            SocketClosed: nothing is left and nothing can come.
        """
        while True:
            try:
                message = self._ready.popleft()
            except IndexError:
                if not self._refill():
                    await self._wait_readable()
                continue
            if type(message) is bytes:
                return message
            return self._single_frame(message)

    async def recv_multipart(self) -> list[bytes]:
        """Return the frames of the next message.

        Cancel: no message is lost; it stays for the next call.
        """
        while not self._ready and not self._refill():
            await self._wait_readable()
        return self._open(self._ready.popleft())

    async def recv_message(self) -> ReceivedMessage:
        """Return the next message with what is known of its sender (option `peer_info`).

        Raises:
            UsageError: the option is not set.
        """
        if not self.peer_info:
            raise UsageError("recv_message() wants the option peer_info=True")
        while not self._ready and not self._refill():
            await self._wait_readable()
        entry = self._ready.popleft()
        peer = entry.peer if type(entry) is Tagged else None
        return ReceivedMessage(self._open(entry), peer)

    def recv_nowait(self) -> bytes:
        """Return the next message of one frame, if there is one.

        Raises:
            WouldBlock: there is none.
        """
        if not self._ready and not self._refill():
            self._check_open()
            raise WouldBlock("no message is waiting")
        return self._single_frame(self._ready.popleft())

    def recv_multipart_nowait(self) -> list[bytes]:
        """Return the frames of the next message, if there is one.

        Raises:
            WouldBlock: there is none.
        """
        if not self._ready and not self._refill():
            self._check_open()
            raise WouldBlock("no message is waiting")
        return self._open(self._ready.popleft())

    async def recv_many(self, limit: int = 1000) -> Sequence[Message]:
        """Wait for one message and return it with all that are there, at most `limit`.

        Each is `bytes` when it has one frame, a list of frames otherwise.
        """
        while not self._ready and not self._refill():
            await self._wait_readable()
        return self._take_many(limit)

    def _take_many(self, limit: int) -> Sequence[Message]:
        ready = self._ready
        if self.wraps_entries():
            opened = [self._open(ready.popleft()) for _ in range(min(limit, len(ready)))]
            return [frames[0] if len(frames) == 1 else frames for frames in opened]
        if len(ready) <= limit:
            batch = list(ready)
            ready.clear()
            return batch
        return [ready.popleft() for _ in range(limit)]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        """Return the next message as `recv` does, or as `recv_multipart` for types with envelopes."""
        try:
            return await (self.recv_multipart() if self.iterates_multipart else self.recv())
        except SocketClosed:
            raise StopAsyncIteration from None

    # -- how messages get there ---------------------------------------------------------------------------

    def _single_frame(self, message: Any) -> bytes:
        frames = self._open(message)
        if len(frames) == 1:
            return frames[0]
        self._ready.appendleft(message)
        self._readers.wake(1)  # somebody else may wait in recv_multipart
        raise MultipartMessage(len(frames))

    def wraps_entries(self) -> bool:
        """Return whether inbox entries are more than messages."""
        return self.peer_info

    def _open(self, entry: Any) -> list[bytes]:
        return self._deliver(entry.entry if type(entry) is Tagged else entry)

    def _deliver(self, message: Any) -> list[bytes]:
        """Return the frames of an inbox entry."""
        return [message] if type(message) is bytes else message

    async def _wait_readable(self) -> None:
        self._check_open()
        await self._readers.wait()
        if self._readers and self._waiting_messages() > 1:
            self._readers.wake(1)  # what came after the wake-up woke nobody

    def _waiting_messages(self) -> int:
        return len(self._ready) + sum(len(pipe.inbox) for pipe in self._readable)

    def _refill(self) -> bool:
        """Move messages from the inboxes to the ready queue; False when there are none."""
        readable = self._readable
        if not readable:
            return False
        if len(readable) == 1:
            pipe = readable.popleft()
            pipe.inbox, self._ready = self._ready, pipe.inbox
            pipe.taken()
            return True
        self._interleave()
        return True

    def _interleave(self) -> None:
        """Take one message of each peer in turn, so that nobody waits behind another's backlog."""
        readable = self._readable
        append = self._ready.append
        touched = list(readable)
        for _ in range(_FAIR_ROUNDS * len(touched)):
            if not readable:
                break
            pipe = readable.popleft()
            append(pipe.inbox.popleft())
            if pipe.inbox:
                readable.append(pipe)
        for pipe in touched:
            pipe.taken()

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Take everything as it is."""
        return messages

    def inject(self, pipe: Pipe, entry: Any) -> None:
        """Put something into a peer's inbox that it did not send."""
        empty = not pipe.inbox
        pipe.inbox.append(entry)
        if empty:
            self.pipe_readable(pipe)

    def pipe_readable(self, pipe: Pipe) -> None:
        """Queue the pipe for its turn and wake who waits."""
        self._readable.append(pipe)
        if self._readers:
            self._readers.wake(len(pipe.inbox))

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits for a message."""
        super().socket_closed(error)
        self._readers.fail(error)
