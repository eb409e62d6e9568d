"""What every socket type shares: its life, its endpoints, its peers; the patterns have their own files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from covey.errors import CoveyError, HandshakeFailed, SocketClosed, StateError
from covey.security.mechanism import Security
from covey.transports.group_transport import GroupDialer
from covey.transports.link import Message
from covey.transports.stream import StreamLink
from covey.transports.zmtp.events import PeerProperties

from . import events as happened
from .endpoints import Endpoints
from .monitor import EventStream
from .pipe import Pipe
from .statistics import PipeStatistics, SocketStatistics
from .waiting import WaitQueue

if TYPE_CHECKING:
    from covey.transports.group_transport import GroupLink

__all__ = ["Socket"]

_log = logging.getLogger(__name__)
_LINGER_WARNING = 5.0  # seconds of lingering after which the log says what is waited for


class Socket(Endpoints):
    """Base of every socket type. Use it in `async with`, or `await close()` yourself.

    Args:
        security: `CurveServer(...)`, `CurveClient(...)`, ...; None for NULL.
        options: see the documentation's table.

    Raises:
        OptionError: an option that does not exist or cannot have that value.
    """

    def __init__(self, *, security: Security | None = None, **options: Any) -> None:
        super().__init__(security=security, **options)
        self._pipes: dict[Pipe, None] = {}
        self._changed = WaitQueue()
        self._closed = False
        self._closing = False
        self._dropped = 0
        self._handshakes_failed = 0
        self._past_sent = 0
        self._past_received = 0

    def _attach(self, pipe: Pipe) -> None:
        if pipe not in self._pipes:
            self._pipes[pipe] = None
            self.pipe_attached(pipe)

    # -- PipeHost -----------------------------------------------------------------------------------------

    def pipe_ready(self, pipe: Pipe) -> None:
        """Welcome a peer whose handshake is over."""
        self._doorkeeper.succeeded(pipe)
        dialer = self._dialers.get(pipe)
        if dialer is not None:
            dialer.succeeded()
        assert pipe.properties is not None
        self._monitor.emit(happened.HandshakeSucceeded(pipe.endpoint, pipe.properties))
        self._attach(pipe)
        if pipe.link is not None:
            self.pipe_opened(pipe)
        self._changed.wake_all()

    def pipe_lost(self, pipe: Pipe, error: Exception | None, lost: int) -> None:
        """Report a lost connection; dial again where this end is the one that dials."""
        reason = str(error) if error is not None else "the peer closed the connection"
        unfinished = self._doorkeeper.end(pipe)
        if unfinished is not None or isinstance(error, HandshakeFailed):
            if unfinished is not None:
                unfinished.close()
            self._doorkeeper.failed(pipe)
            self._handshakes_failed += 1
            cause = error or CoveyError("the peer closed the connection during the handshake")
            self._monitor.emit(happened.HandshakeFailure(pipe.endpoint, pipe.address, str(cause), cause))
        else:
            self._monitor.emit(happened.Disconnected(pipe.endpoint, pipe.address, reason))
        self.count_dropped(pipe, lost, f"on their way when the connection broke: {reason}")
        dialer = self._dialers.get(pipe)
        if dialer is None or self.immediate:
            self._forget(pipe, reason)
        if dialer is not None:
            self.pipe_interrupted(pipe)
            dialer.lost(error or CoveyError(reason))
        self._changed.wake_all()

    def pipe_flushed(self, pipe: Pipe) -> None:
        """Let a lingering close see that the pipe is empty."""
        if self._closing:
            self._changed.wake_all()

    def _forget(self, pipe: Pipe, reason: str) -> None:
        """Take a pipe out of the socket; what it had not sent is dropped and counted."""
        self.give_out()
        pending = self._doorkeeper.end(pipe)
        if pending is not None:
            pending.close()
        unsent = pipe.unsent
        pipe.close()
        pipe.outbox.clear()
        self.count_dropped(pipe, unsent, f"not sent: {reason}")
        if pipe in self._pipes:
            del self._pipes[pipe]
            self._past_sent += pipe.sent
            self._past_received += pipe.received
            self.pipe_detached(pipe)
        pipe.reset(self.send_limit)

    def count_dropped(self, pipe: Pipe, count: int, reason: str) -> None:
        """Count messages that will never arrive, and say so."""
        if count > 0:
            pipe.dropped += count
            self._dropped += count
            self._monitor.emit(happened.Dropped(pipe.endpoint, count, reason))

    def count_unrouted(self, reason: str) -> None:
        """Count a message that had no peer to go to, and say so."""
        self._dropped += 1
        self._monitor.emit(happened.Dropped("", 1, reason))

    def pipe_refused(self, pipe: Pipe, reason: str) -> None:
        """Close a peer that the pattern cannot keep, and say why."""
        self._monitor.emit(happened.Disconnected(pipe.endpoint, pipe.address, reason))
        dialer = self._dialers.get(pipe)
        if dialer is None:
            self._forget(pipe, reason)
            return
        pipe.close()
        self.pipe_interrupted(pipe)
        dialer.lost(CoveyError(reason))

    def refuse_peers(self, is_meant: Callable[[PeerProperties], bool], reason: str) -> int:
        """Close the connections of peers that may not stay; return of how many. What waits for them is dropped."""
        meant = [pipe for pipe in self._pipes if pipe.properties is not None and is_meant(pipe.properties)]
        for pipe in meant:
            self.pipe_refused(pipe, reason)
        return len(meant)

    # -- for the patterns ---------------------------------------------------------------------------------

    def pipe_attached(self, pipe: Pipe) -> None:
        """A pipe joined: it may be written to from now on."""

    def pipe_opened(self, pipe: Pipe) -> None:
        """A pipe's link is up (the first time or again)."""

    def pipe_interrupted(self, pipe: Pipe) -> None:
        """A connecting pipe lost its link and will dial again."""

    def pipe_detached(self, pipe: Pipe) -> None:
        """A pipe left for good."""

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Return what of `messages` goes into the inbox; the default drops what the type does not receive."""
        return []

    def pipe_readable(self, pipe: Pipe) -> None:
        """An inbox was empty and is not any more."""

    def pipe_writable(self, pipe: Pipe) -> None:
        """An outbox was full and is not any more."""

    # -- waiting and looking ------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed or self._closing

    def _check_open(self) -> None:
        if self.closed:
            raise SocketClosed(f"the {self.socket_type} socket is closed")

    def connected_count(self) -> int:
        """Return how many peers can be talked to now."""
        return sum(pipe.link is not None for pipe in self._pipes)

    async def wait_connected(self, count: int = 1) -> None:
        """Wait until `count` peers have finished their handshake; bound it with `asyncio.timeout`."""
        while self.connected_count() < count:
            self._check_open()
            await self._changed.wait()

    def events(self) -> EventStream:
        """Return what happens from now on, as an async iterator that ends with `Closed`."""
        return self._monitor.open()

    def statistics(self) -> SocketStatistics:
        """Return the counters."""
        self.give_out()
        connections = tuple(_pipe_statistics(pipe) for pipe in self._pipes)
        return SocketStatistics(
            messages_sent=self._past_sent + sum(one.messages_sent for one in connections),
            messages_received=self._past_received + sum(one.messages_received for one in connections),
            dropped=self._dropped,
            handshakes_failed=self._handshakes_failed,
            connections=connections,
            lost=self._lost_packets,
            malformed=self._malformed,
            refused=self._doorkeeper.refused,
        )

    # -- end ----------------------------------------------------------------------------------------------

    async def close(self, linger: int | None = None) -> int:
        """Send what waits for at most `linger` milliseconds (None: the option), then close everything.

        Returns:
            How many messages were given up.

        Cancel: closes at once, giving up what waits.
        """
        if self._closed:
            return 0
        if self._closing:
            raise StateError("the socket is being closed already")
        self.give_out()
        self._closing = True
        for endpoint in list(self._bindings):
            await self.unbind(endpoint)
        limit = self.linger if linger is None else linger
        try:
            if limit != 0:
                await self._linger(limit)
        finally:
            abandoned = self._close_now()
            await self._tasks.close()
        return abandoned

    async def _linger(self, limit: int) -> None:
        loop = asyncio.get_running_loop()
        warning = loop.call_later(_LINGER_WARNING, self._warn_of_lingering)
        try:
            async with asyncio.timeout(limit / 1000 if limit > 0 else None):
                while any(pipe.unsent for pipe in self._pipes):
                    await self._changed.wait()
                await self._finish_groups()
        except TimeoutError:
            return
        finally:
            warning.cancel()

    async def _finish_groups(self) -> None:
        """Let multicast senders repair for a while what they sent last."""
        groups = [pipe for pipe, dialer in self._dialers.items() if isinstance(dialer, GroupDialer)]
        if groups:
            async with asyncio.TaskGroup() as finishing:
                for pipe in groups:
                    if pipe.link is not None:
                        link = cast("GroupLink", pipe.link)
                        finishing.create_task(link.finish(), name=f"finish {pipe.endpoint}")

    def _warn_of_lingering(self) -> None:
        waiting = {pipe.endpoint: pipe.unsent for pipe in self._pipes if pipe.unsent}
        _log.warning("closing a %s socket waits for messages to be sent: %s", self.socket_type, waiting)

    def _close_now(self) -> int:
        for dialer in self._dialers.values():
            dialer.stop()
        self._dialers.clear()
        abandoned = sum(pipe.unsent for pipe in self._pipes)
        for pipe in [*self._doorkeeper.waiting, *self._pipes]:
            self._forget(pipe, "the socket was closed")
        self._closed = True
        if abandoned:
            _log.warning("a %s socket was closed with %d messages unsent", self.socket_type, abandoned)
        error = SocketClosed(f"the {self.socket_type} socket is closed")
        self._changed.fail(error)
        self.socket_closed(error)
        self._monitor.emit(happened.Closed("", abandoned))
        return abandoned

    def socket_closed(self, error: SocketClosed) -> None:
        """Raise `error` in everybody who waits for the pattern."""

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._closed:
            await self.close()

    def option_changed(self, name: str) -> None:
        """Apply what may change in flight."""
        if name in ("sndhwm", "rcvhwm"):
            for pipe in self._pipes:
                pipe.set_limits(self.send_limit, self.receive_limit)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self.connected_count()} connected"
        return f"<covey.{type(self).__name__} {state}>"


def _group_statistics(pipe: Pipe) -> object:
    """Return what a multicast link counts, None for any other."""
    if pipe.properties is None or pipe.link is None or not pipe.properties.everybody:
        return None
    return cast("GroupLink", pipe.link).statistics()


def _pipe_statistics(pipe: Pipe) -> PipeStatistics:
    link = pipe.link if isinstance(pipe.link, StreamLink) else None
    return PipeStatistics(
        endpoint=pipe.endpoint,
        peer_address=pipe.address,
        connected=pipe.link is not None,
        messages_sent=pipe.sent,
        messages_received=pipe.received,
        bytes_sent=link.sent if link else 0,
        bytes_received=link.received if link else 0,
        dropped=pipe.dropped,
        outbox=len(pipe.outbox),
        inbox=len(pipe.inbox),
        multicast=_group_statistics(pipe),
    )
