"""What SERVER and PEER share: each peer has a number of 32 bits, and a message is one frame."""

from __future__ import annotations

import random
from typing import Any

from covey.errors import NoRoute, NotSupportedByType, SocketClosed, WouldBlock
from covey.options import Option
from covey.transports.link import Message

from .greetings import Greeting
from .pipe import Pipe
from .receiving import Receiver
from .sending import Payload, as_payload
from .single_frame import keep_single
from .waiting import WaitQueue

__all__ = ["NumberedPeers"]


class NumberedPeers(Greeting, Receiver):
    """Receives `(routing_id, data)` and sends `data` to a routing id."""

    disconnect_msg = Option(b"", "Received from a peer's number when it goes.", number=111)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._routes: dict[int, Pipe] = {}
        self._next_number = random.getrandbits(32)
        self._writers = WaitQueue()

    # -- what the application calls -----------------------------------------------------------------------

    async def recv_from(self) -> tuple[int, bytes]:
        """Return (routing id of the sender, data) of the next message."""
        number, data = await super().recv_multipart()
        return int.from_bytes(number), data

    def recv_from_nowait(self) -> tuple[int, bytes]:
        """Return (routing id of the sender, data) of the next message, if there is one.

        Raises:
            WouldBlock: there is none.
        """
        number, data = super().recv_multipart_nowait()
        return int.from_bytes(number), data

    async def recv(self) -> bytes:
        """Refuse: who sent it would be lost; use `recv_from`."""
        raise NotSupportedByType(self.socket_type, "receive without the sender: use recv_from()")

    async def __anext__(self) -> tuple[int, bytes]:
        """Return the next message as `recv_from` does."""
        try:
            return await self.recv_from()
        except SocketClosed:
            raise StopAsyncIteration from None

    async def send(self, data: Payload, *, routing_id: int) -> None:
        """Send to one peer; waits while its queue is full.

        Raises:
            NoRoute: nobody has that number.
        """
        message = as_payload(data)
        while not self._route(routing_id, message):
            await self._writers.wait()

    def send_nowait(self, data: Payload, *, routing_id: int) -> None:
        """Send to one peer without waiting.

        Raises:
            NoRoute: nobody has that number.
            WouldBlock: its queue is full.
        """
        if not self._route(routing_id, as_payload(data)):
            raise WouldBlock(f"the queue of peer {routing_id} is full")

    def _route(self, number: int, message: bytes) -> bool:
        self._check_open()
        pipe = self._routes.get(number)
        if pipe is None:
            raise NoRoute(number)
        if pipe.full:
            return False
        pipe.write(message)
        return True

    # -- who is there -------------------------------------------------------------------------------------

    def pipe_attached(self, pipe: Pipe) -> None:
        """Give the peer a number, never 0."""
        super().pipe_attached(pipe)
        while self._next_number == 0 or self._next_number in self._routes:
            self._next_number = (self._next_number + 1) & 0xFFFFFFFF
        pipe.identity = self._next_number.to_bytes(4)
        self._routes[self._next_number] = pipe
        self._next_number = (self._next_number + 1) & 0xFFFFFFFF

    def pipe_detached(self, pipe: Pipe) -> None:
        """Forget the peer's number."""
        super().pipe_detached(pipe)
        self._routes.pop(int.from_bytes(pipe.identity), None)
        if self.disconnect_msg:
            self.inject(pipe, [pipe.identity, self.disconnect_msg])
        self._writers.wake_all()

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Put the sender's number in front of what has one frame."""
        return [[pipe.identity, message] for message in keep_single(self, pipe, messages)]

    def pipe_writable(self, pipe: Pipe) -> None:
        """Wake who waits for room."""
        self._writers.wake_all()

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits for room."""
        super().socket_closed(error)
        self._writers.fail(error)
