"""REQ and REP: one question, one answer, in lockstep (RFC 28)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from covey.errors import MultipartMessage, ProtocolError, StateError
from covey.options import Option
from covey.transports.link import Message

from .greetings import Probing
from .pipe import Pipe
from .receiving import Receiver
from .sending import BalancedSender, Payload, as_message, as_payload

__all__ = ["Rep", "Req"]

_NUMBER_SIZE = 4  # octets of a question's number (req_correlate)


class Req(Probing, BalancedSender, Receiver):
    """Asks one REP (or ROUTER) peer after the other; each `send` is followed by a `recv`.

    ::

        async with covey.Req() as ask:
            await ask.connect("tcp://127.0.0.1:5555")
            await ask.send(b"how warm is it?")
            answer = await ask.recv()
    """

    socket_type = "REQ"
    connects_once = True
    sends_at_once = True
    peer_types = frozenset(("REP", "ROUTER"))
    sends_identity = True

    req_correlate = Option(False, "Number the questions, so that a late answer is known as one.", number=52)
    req_relaxed = Option(False, "A new question may be asked before the last one is answered.", number=53)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._asked: Pipe | None = None
        self._waiting = False
        self._number = random.getrandbits(32)

    def _outgoing(self, message: Message) -> Message:
        self._check_may_ask()
        envelope = [b""]
        if self.req_correlate:
            self._number = (self._number + 1) & 0xFFFFFFFF
            envelope = [self._number.to_bytes(4), b""]
        return [*envelope, message] if isinstance(message, bytes) else [*envelope, *message]

    def _check_may_ask(self) -> None:
        if self._waiting and not self.req_relaxed:
            raise StateError("a REQ socket receives the answer before it asks again")

    def _push(self, message: Message) -> bool:
        self._check_may_ask()
        pipes = self._writable
        pipe = pipes[0] if pipes else None
        if not super()._push(message):
            return False
        self._asked = pipe
        self._waiting = True
        self._ready.clear()  # what came unasked is no answer to this question
        while self._readable:
            self._readable.popleft().inbox.clear()
        return True

    def _check_asked(self) -> None:
        if not self._waiting:
            raise StateError("a REQ socket asks before it receives")

    async def recv(self) -> bytes:
        """Return the answer, which has one frame."""
        self._check_asked()
        answer = await super().recv()
        self._waiting = False
        return answer

    async def recv_multipart(self) -> list[bytes]:
        """Return the frames of the answer."""
        self._check_asked()
        answer = await super().recv_multipart()
        self._waiting = False
        return answer

    def recv_nowait(self) -> bytes:
        """Return the answer, if it is there."""
        self._check_asked()
        answer = super().recv_nowait()
        self._waiting = False
        return answer

    def recv_multipart_nowait(self) -> list[bytes]:
        """Return the frames of the answer, if it is there."""
        self._check_asked()
        answer = super().recv_multipart_nowait()
        self._waiting = False
        return answer

    async def recv_many(self, limit: int = 1000) -> Sequence[Message]:
        """Return the answer, alone: there is never more than one."""
        frames = await self.recv_multipart()
        return [frames[0] if len(frames) == 1 else frames]

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Keep the one answer of the peer that was asked, without its envelope.

        As in libzmq an answer may be numbered whether we number or not; which is right, is looked at after.
        """
        envelope = [self._number.to_bytes(4), b""] if self.req_correlate else [b""]
        size = len(envelope)
        answers: list[Any] = []
        for message in messages:
            if isinstance(message, bytes) or _envelope_size(message) >= len(message):
                raise ProtocolError("an answer without the empty frame that a REQ's peer sends first")
            if pipe is not self._asked or message[:size] != envelope or len(message) == size:
                continue
            self._asked = None
            answers.append(message[-1] if len(message) == size + 1 else message[size:])
        return answers


def _envelope_size(answer: list[bytes]) -> int:
    """Return how many frames come before the body: an empty one, or a number and an empty one."""
    if answer[0] == b"":
        return 1
    return 2 if len(answer[0]) == _NUMBER_SIZE and answer[1] == b"" else len(answer)


@dataclass(slots=True)
class _Request:
    pipe: Pipe
    envelope: list[bytes]
    body: list[bytes]


class Rep(Receiver):
    """Answers its REQ (or DEALER) peers; each `recv` is followed by a `send`.

    ::

        async with covey.Rep() as answers:
            await answers.bind("tcp://127.0.0.1:5555")
            async for question in answers:
                await answers.send(b"21.5")
    """

    socket_type = "REP"
    sends_at_once = True
    peer_types = frozenset(("REQ", "DEALER"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._request: _Request | None = None

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Split envelope and body; a message without an empty frame between them is skipped, as in libzmq."""
        requests: list[Any] = []
        for message in messages:
            frames = [message] if isinstance(message, bytes) else message
            if b"" in frames[:-1]:
                cut = frames.index(b"")
                requests.append(_Request(pipe, frames[: cut + 1], frames[cut + 1 :]))
            else:
                self.count_dropped(pipe, 1, "a request without the empty frame that ends the envelope")
        return requests

    def _deliver(self, message: Any) -> list[bytes]:
        body: list[bytes] = message.body
        if self._request is not None:  # another task received while this one waited
            self._ready.appendleft(message)
            self._check_answered()
        self._request = message
        return body

    def _single_frame(self, message: Any) -> bytes:
        try:
            return super()._single_frame(message)
        except MultipartMessage:
            self._request = None
            raise

    async def recv_many(self, limit: int = 1000) -> Sequence[Message]:
        """Return the next question, alone: it is answered before there can be another."""
        frames = await self.recv_multipart()
        return [frames[0] if len(frames) == 1 else frames]

    async def recv(self) -> bytes:
        """Return the next question, which has one frame."""
        self._check_answered()
        return await super().recv()

    async def recv_multipart(self) -> list[bytes]:
        """Return the frames of the next question."""
        self._check_answered()
        return await super().recv_multipart()

    def recv_nowait(self) -> bytes:
        """Return the next question, if there is one."""
        self._check_answered()
        return super().recv_nowait()

    def recv_multipart_nowait(self) -> list[bytes]:
        """Return the frames of the next question, if there is one."""
        self._check_answered()
        return super().recv_multipart_nowait()

    def _check_answered(self) -> None:
        if self._request is not None:
            raise StateError("a REP socket answers before it receives again")

    async def send(self, data: Payload) -> None:
        """Answer the question with one frame; who asked and has left since gets nothing, which is counted."""
        self._answer([as_payload(data)])

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Answer the question with several frames."""
        message = as_message(frames)
        self._answer([message] if isinstance(message, bytes) else message)

    def send_nowait(self, data: Payload) -> None:
        """Answer the question with one frame; never blocks."""
        self._answer([as_payload(data)])

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Answer the question with several frames; never blocks."""
        message = as_message(frames)
        self._answer([message] if isinstance(message, bytes) else message)

    def _answer(self, body: list[bytes]) -> None:
        self._check_open()
        request = self._request
        if request is None:
            raise StateError("a REP socket receives a question before it answers")
        self._request = None
        pipe = request.pipe
        if pipe not in self._pipes or pipe.full:
            self.count_dropped(pipe, 1, "who asked is gone or does not read")
            return
        pipe.write([*request.envelope, *body])
