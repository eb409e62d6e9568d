"""One peer of a socket: an outbox, an inbox and their high-water marks, in front of a link.

The pipe of a connecting end exists from `connect` on and survives the loss of its link; the pipe of an
accepted connection lives as long as the connection. High-water marks count whole messages; a full outbox
counts as writable again when half of it is free, as in libzmq.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Protocol

from covey.transports.link import Link, Message
from covey.transports.zmtp.events import PeerProperties

from .received import Tagged

__all__ = ["ConflatingPipe", "Pipe", "PipeHost"]


class PipeHost(Protocol):
    """The socket, from a pipe's side. Called in the loop's thread."""

    def pipe_ready(self, pipe: Pipe) -> None:
        """The pipe's link finished its handshake (again, after a reconnect)."""
        ...

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Return what of `messages` goes into the inbox, in the form that the socket's `recv` wants."""
        ...

    def pipe_readable(self, pipe: Pipe) -> None:
        """The inbox was empty and is not any more."""
        ...

    def pipe_writable(self, pipe: Pipe) -> None:
        """The outbox was full and is not any more."""
        ...

    def pipe_flushed(self, pipe: Pipe) -> None:
        """All that was written is with the kernel."""
        ...

    def pipe_lost(self, pipe: Pipe, error: Exception | None, lost: int) -> None:
        """The link is gone, and with it `lost` messages that were on their way."""
        ...


class Pipe:
    """Both queues of one peer. Implements `LinkOwner`.

    Args:
        host: the socket.
        endpoint: as bound or connected, for events.
        connecting: whether this end dials, so that the pipe outlives its link.
        limits: high-water marks out and in.
    """

    __slots__ = (
        "_loop",
        "_receive_limit",
        "_scheduled",
        "_send_limit",
        "address",
        "at_once",
        "connecting",
        "dropped",
        "endpoint",
        "full",
        "host",
        "identity",
        "inbox",
        "link",
        "outbox",
        "properties",
        "received",
        "room",
        "sent",
        "state",
        "tells_peer",
        "uncounted",
    )

    def __init__(self, host: PipeHost, endpoint: str, *, connecting: bool, limits: tuple[int, int]) -> None:
        self.host = host
        self.endpoint = endpoint
        self.connecting = connecting
        self._send_limit, self._receive_limit = limits
        self._loop = asyncio.get_running_loop()
        self.outbox: deque[Message] = deque()
        self.inbox: deque[Any] = deque()
        self.room = self._send_limit
        self.full = False
        self.link: Link | None = None
        self.properties: PeerProperties | None = None
        self.address = ""
        self.identity = b""
        self.state: Any = None
        self.tells_peer = False
        self.uncounted = 0  # entries of the inbox that the mark does not count (subscriptions, at an XPUB)
        self._scheduled = False
        self.at_once = False
        self.sent = 0
        self.received = 0
        self.dropped = 0

    # -- out ----------------------------------------------------------------------------------------------

    def write(self, message: Message) -> bool:
        """Queue one message; the caller has looked at `full` before.

        Returns:
            True when the outbox had to be flushed at once because it was full (it may be `full` still).
        """
        self.outbox.append(message)
        self.room -= 1
        if self.room > 0:
            if not self._scheduled:
                if self.at_once:
                    self.flush()
                else:
                    self._scheduled = True
                    self._loop.call_soon(self.flush)
            return False
        self.flush()
        self.full = self.room <= 0
        return True

    def write_many(self, messages: list[Message]) -> None:
        """Queue messages for which there is room, and flush unless something else will."""
        self.outbox.extend(messages)
        self.room -= len(messages)
        if not self._scheduled or self.room <= 0:
            self.flush()
            self.full = self.room <= 0

    def flush(self) -> None:
        """Hand the outbox to the link as far as the kernel takes it."""
        self._scheduled = True  # until the link or its readiness calls again
        link = self.link
        if link is None:
            return
        before = len(self.outbox)
        link.transmit(self.outbox)
        self.sent += before - len(self.outbox)
        in_flight = link.in_flight
        self.room = self._send_limit - len(self.outbox) - in_flight
        if not self.outbox and not in_flight:
            self._scheduled = False
            self.host.pipe_flushed(self)
        if self.full:
            self._look_for_room()

    def _look_for_room(self) -> None:
        """Say that there is room again once half of the outbox is free."""
        if self.full and self.room >= (self._send_limit + 1) // 2:
            self.full = False
            self.host.pipe_writable(self)

    @property
    def unsent(self) -> int:
        """Messages that the kernel has not wholly accepted."""
        return len(self.outbox) + (self.link.in_flight if self.link is not None else 0)

    # -- in -----------------------------------------------------------------------------------------------

    def taken(self) -> None:
        """The socket took from the inbox: read again when half of it is free."""
        if self.uncounted:
            self.uncounted = min(self.uncounted, len(self.inbox))
        if self.link is not None and len(self.inbox) - self.uncounted <= self._receive_limit // 2:
            self.link.resume_reading()

    def set_limits(self, send_limit: int, receive_limit: int) -> None:
        """Change the high-water marks of a living pipe."""
        self.room += send_limit - self._send_limit
        self._send_limit, self._receive_limit = send_limit, receive_limit
        self._look_for_room()
        self.taken()

    def reset(self, send_limit: int) -> None:
        """Begin anew with empty queues, as a pipe that is dialled again."""
        self.outbox.clear()
        self._send_limit = self.room = send_limit
        self.full = False
        self.sent = self.received = self.dropped = 0

    # -- LinkOwner ----------------------------------------------------------------------------------------

    def link_ready(self, link: Link, properties: PeerProperties) -> None:
        """Attach the link and send what waited."""
        self.link = link
        self.properties = properties
        self.host.pipe_ready(self)
        if self.link is link:
            self.flush()

    def link_messages(self, link: Link, messages: list[Message]) -> None:
        """Let the socket look at what came, and queue it."""
        self.received += len(messages)
        fresh = self.host.pipe_received(self, messages)
        if self.tells_peer:
            fresh = [Tagged(entry, self.properties) for entry in fresh]
        if fresh:
            empty = not self.inbox
            self.inbox.extend(fresh)
            if empty:
                self.host.pipe_readable(self)

    def link_room(self) -> int:
        """Return how many more messages fit into the inbox."""
        return self._receive_limit - len(self.inbox) + self.uncounted

    def link_drained(self, link: Link) -> None:
        """Send on."""
        self.flush()

    def link_closed(self, link: Link, error: Exception | None) -> None:
        """Forget the link, keep what it never began to send."""
        in_flight = link.in_flight
        kept = link.take_back()
        self.outbox.extendleft(reversed(kept))
        self.sent -= len(kept)
        if self.link is link:
            self.link = None
        self._scheduled = True
        self.room = self._send_limit - len(self.outbox)
        self._look_for_room()
        self.host.pipe_lost(self, error, in_flight - len(kept))

    def close(self) -> None:
        """Close the link, if there is one."""
        if self.link is not None:
            self.link.close()
            self.link = None
        self._scheduled = True


class ConflatingPipe(Pipe):
    """A pipe whose queues keep the newest message only; high-water marks mean nothing to it."""

    __slots__ = ()

    def write(self, message: Message) -> bool:
        """Queue a message in place of the one that waits."""
        self.outbox.clear()
        self.outbox.append(message)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)
        return False

    def link_messages(self, link: Link, messages: list[Message]) -> None:
        """Keep the newest of what came."""
        self.received += len(messages)
        fresh = self.host.pipe_received(self, messages)
        if self.tells_peer:
            fresh = [Tagged(entry, self.properties) for entry in fresh]
        if fresh:
            empty = not self.inbox
            self.inbox.clear()
            self.inbox.append(fresh[-1])
            if empty:
                self.host.pipe_readable(self)

    def link_room(self) -> int:
        """Return a number that is never 0: there is always room for a newer message."""
        return self._receive_limit
