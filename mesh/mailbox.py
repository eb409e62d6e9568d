"""Our connection to one peer's mailbox: a DEALER, and what waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from covey.errors import WouldBlock
from covey.messaging import Dealer
from covey.messaging.events import SocketEvent
from covey.messaging.pipe import Pipe
from covey.security.mechanism import Security

__all__ = ["QUEUE_LIMIT", "Mailbox", "OnEvent"]

OnEvent = Callable[[SocketEvent], None]
"""Told what happens to a socket that dials."""

QUEUE_LIMIT = 3000
"""Messages that wait here before whispers to the peer wait too and shouts pass it by (RFC 36: 100 for each
second of the expiry time). As many again may wait in the DEALER once it was connected."""
_HARD_LIMIT = 2 * QUEUE_LIMIT
"""Beyond it the peer counts as not responding: it makes us answer and reads nothing."""
_CONNECTING = 3000
"""Milliseconds that an attempt may take: the kernel repeats it for two minutes, ever more seldom, and from an address
that may not be ours any more."""
_LAST_WORDS = 250
"""Milliseconds that closing may take to get the last messages out."""


class _Line(Dealer):
    """A DEALER that says when its one connection stands and breaks."""

    def __init__(self, owner: Mailbox, on_event: OnEvent | None, **options: Any) -> None:
        super().__init__(**options)
        self._owner = owner
        if on_event is not None:
            self._monitor.call(on_event)

    def pipe_opened(self, pipe: Pipe) -> None:
        super().pipe_opened(pipe)
        self._owner.line_up()

    def pipe_interrupted(self, pipe: Pipe) -> None:
        super().pipe_interrupted(pipe)
        self._owner.line_lost()

    def pipe_writable(self, pipe: Pipe) -> None:
        super().pipe_writable(pipe)
        self._owner.flush()


class Mailbox:
    """Takes messages at any time and keeps their order; `run` does the connecting.

    Args:
        routing_id: by which the peer knows us, 17 octets.
        security: of the connection.
        endpoint: where to connect first.
        on_up: called when the connection stands, each time.
        on_lost: called when a standing connection broke.
        on_event: told what happens to the socket; None for nobody.
    """

    def __init__(
        self,
        routing_id: bytes,
        security: Security | None,
        endpoint: str,
        on_up: Callable[[], None],
        on_lost: Callable[[], None],
        on_event: OnEvent | None = None,
    ) -> None:
        self._routing_id = routing_id
        self._security = security
        self._endpoint = endpoint
        self._on_up = on_up
        self._on_lost = on_lost
        self._on_event = on_event
        self._waiting: deque[list[bytes]] = deque()
        self._line: _Line | None = None
        self._was_up = False
        self._is_up = False
        self._closed = False
        self._turned = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()

    # -- messages

    @property
    def has_room(self) -> bool:
        """Whether the peer keeps up with what it is sent."""
        return len(self._waiting) < QUEUE_LIMIT

    async def wait_room(self) -> None:
        """Wait until the peer keeps up, or its mailbox is closed."""
        await self._roomy.wait()

    def post(self, frames: list[bytes]) -> bool:
        """Queue a message; False when the peer must be given up because it reads nothing."""
        self._waiting.append(frames)
        self.flush()
        if not self.has_room and not self._closed:
            self._roomy.clear()
        return len(self._waiting) < _HARD_LIMIT

    def flush(self) -> None:
        """Hand over what the line takes, once it was up: before, it may yet go to another endpoint."""
        line, waiting = self._line, self._waiting
        if line is None or not self._was_up:
            return
        while waiting:
            try:
                line.send_multipart_nowait(waiting[0])
            except WouldBlock:
                break
            waiting.popleft()
        if self.has_room:
            self._roomy.set()

    # -- the line

    def line_up(self) -> None:
        """Take note that the connection stands."""
        self._is_up = self._was_up = True
        self._on_up()
        self.flush()

    def line_lost(self) -> None:
        """Take note that the connection broke, or failed once more to come about."""
        if self._is_up:
            self._is_up = False
            self._on_lost()

    def turn_to(self, endpoint: str) -> None:
        """Connect somewhere else, with all that waits."""
        self._endpoint = endpoint
        self._turned.set()

    @property
    def undelivered(self) -> int:
        """Whispers and shouts (alone they have content frames) that wait for a connection which does not stand."""
        return 0 if self._is_up else sum(1 for frames in self._waiting if len(frames) > 1)

    def close(self) -> None:
        """Let `run` end; what waits has a moment to get out if the connection stands."""
        self._closed = True
        self._roomy.set()
        self._turned.set()

    async def run(self) -> None:
        """Connect, and stay connected until `close`.

        Cancel: closes at once.
        """
        while not self._closed:
            self._turned.clear()
            line = _Line(
                self,
                self._on_event,
                security=self._security,
                routing_id=self._routing_id,
                sndhwm=QUEUE_LIMIT,
                linger=0,
                reconnect_ivl_max=1000,
                connect_timeout=_CONNECTING,
            )
            async with line:
                self._line = line
                await line.connect(self._endpoint)
                await self._turned.wait()
                self._line = None
                if self._is_up:
                    await line.close(_LAST_WORDS)
