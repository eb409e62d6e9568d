"""STREAM: raw TCP connections through one socket, addressed by routing ids."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from covey.errors import NoRoute, UsageError, WouldBlock
from covey.options import Option
from covey.transports.link import Message

from .pipe import Pipe
from .receiving import Receiver
from .sending import Payload, as_message
from .waiting import WaitQueue

__all__ = ["Stream"]


class Stream(Receiver):
    """Speaks to programs that do not speak ZMTP: a message is [routing id, bytes] both ways.

    An empty second frame means that a connection came or went; sending one closes the connection.

    ::

        async with covey.Stream() as web:
            await web.bind("tcp://127.0.0.1:8080")
            async for who, data in web:
                if data:
                    await web.send_multipart([who, b"HTTP/1.0 200 OK\\r\\n\\r\\nhello"])
                    await web.send_multipart([who, b""])
    """

    socket_type = "STREAM"
    peer_types = frozenset(("",))
    speaks_raw = True
    iterates_multipart = True

    stream_notify = Option(True, "Receive [routing id, empty] when a connection comes or goes.", number=73)
    connect_routing_id = Option(b"", "Routing id of the next connection made.", number=61, high=255)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._routes: dict[bytes, Pipe] = {}
        self._next_identity = random.getrandbits(32)
        self._writers = WaitQueue()

    def pipe_dialling(self, pipe: Pipe) -> None:
        """Give the connection the name that `connect_routing_id` says.

        Raises:
            UsageError: another has it.
        """
        if self.connect_routing_id in self._routes:
            raise UsageError(f"routing id {self.connect_routing_id!r} is taken")
        pipe.identity = self.connect_routing_id
        self.connect_routing_id = b""

    def pipe_opened(self, pipe: Pipe) -> None:
        """Enter the connection under its routing id."""
        super().pipe_opened(pipe)
        if not pipe.identity:
            self._next_identity = (self._next_identity + 1) & 0xFFFFFFFF
            pipe.identity = b"\0" + self._next_identity.to_bytes(4)
        self._routes[pipe.identity] = pipe
        self._tell(pipe)

    def pipe_interrupted(self, pipe: Pipe) -> None:
        """Forget a connection that will be made again."""
        super().pipe_interrupted(pipe)
        self._leave(pipe)

    def pipe_detached(self, pipe: Pipe) -> None:
        """Forget a connection."""
        super().pipe_detached(pipe)
        self._leave(pipe)

    def _leave(self, pipe: Pipe) -> None:
        if self._routes.pop(pipe.identity, None) is not None:
            self._tell(pipe)
        self._writers.wake_all()

    def _tell(self, pipe: Pipe) -> None:
        if self.stream_notify and not self.closed:
            self.inject(pipe, [pipe.identity, b""])

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Put the routing id in front of each chunk."""
        return [[pipe.identity, chunk] for chunk in messages]

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Send `frames[1]` to the connection `frames[0]`; an empty one closes it.

        Raises:
            NoRoute: no such connection.
        """
        while not self._route(frames):
            await self._writers.wait()

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Send without waiting.

        Raises:
            NoRoute: no such connection.
            WouldBlock: its queue is full.
        """
        if not self._route(frames):
            raise WouldBlock("the connection's queue is full")

    def _route(self, frames: Sequence[Payload]) -> bool:
        self._check_open()
        message = as_message(frames)
        if isinstance(message, bytes) or len(message) != 2:
            raise UsageError("a message for a STREAM is [routing id, bytes]")
        identity, data = message
        pipe = self._routes.get(identity)
        if pipe is None:
            raise NoRoute(identity)
        if not data:
            pipe.flush()
            self.pipe_refused(pipe, "closed on request")
            return True
        if pipe.full:
            return False
        pipe.write(data)
        return True

    def pipe_writable(self, pipe: Pipe) -> None:
        """Wake who waits for room."""
        self._writers.wake_all()
