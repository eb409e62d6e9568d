"""What every socket type shares: its life, its endpoints, its peers; the patterns have their own files."""

from __future__ import annotations

import asyncio
import logging
import socket as system
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Self

from covey.errors import CoveyError, EndpointError, SocketClosed, StateError
from covey.security.mechanism import Security
from covey.transports.backoff import Backoff, jitter
from covey.transports.connector import Connector
from covey.transports.link import LinkSettings, Message
from covey.transports.listener import Listener
from covey.transports.registry import stream_transport
from covey.transports.stream import StreamLink
from covey.transports.stream_transport import StreamTransport
from covey.transports.zmtp.connection import ConnectionConfig

from . import events as happened
from .monitor import EventStream, Monitor
from .pipe import Pipe
from .socket_options import SocketOptions
from .statistics import PipeStatistics, SocketStatistics
from .tasks import TaskSet
from .waiting import WaitQueue

__all__ = ["Socket"]

_log = logging.getLogger(__name__)
_PENDING_LIMIT = 512  # accepted connections that may be in their handshake at a time; the oldest give way
_LINGER_WARNING = 5.0  # seconds of lingering after which the log says what is waited for


class Socket(SocketOptions):
    """Base of every socket type. Use it in `async with`, or `await close()` yourself.

    Args:
        security: `CurveServer(...)`, `CurveClient(...)`, ...; None for NULL.
        options: see the documentation's table.

    Raises:
        OptionError: an option that does not exist or cannot have that value.
    """

    socket_type: ClassVar[str]
    """As on the wire: PUSH, PULL, ..."""
    peer_types: ClassVar[frozenset[str]]
    """Socket types that it can talk to."""
    sends_identity: ClassVar[bool] = False
    takes_subscriptions: ClassVar[bool] = False
    keeps_unconnected: ClassVar[bool] = True
    """Whether a connecting pipe queues before it is connected (not so for subscribers' upstream)."""

    def __init__(self, *, security: Security | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._security = security
        self._pipes: dict[Pipe, None] = {}
        self._pending: dict[Pipe, StreamLink] = {}
        self._connectors: dict[Pipe, Connector] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._tasks = TaskSet()
        self._monitor = Monitor()
        self._changed = WaitQueue()
        self._closed = False
        self._closing = False
        self._dropped = 0
        self._handshakes_failed = 0
        self._past_sent = 0
        self._past_received = 0

    # -- endpoints ----------------------------------------------------------------------------------------

    async def bind(self, endpoint: str) -> str:
        """Listen on `endpoint` and return it as resolved (`tcp://127.0.0.1:*` becomes its port).

        Raises:
            EndpointError: it cannot be read.
            ResourceError: the system refuses (port in use, no permission, no such address).
        """
        self._check_open()
        transport = stream_transport(endpoint)
        listening = await transport.listen(endpoint, self.stream_options())
        if self.closed:
            for one in listening:
                one.sock.close()
            self._check_open()
        resolved = listening[0].endpoint
        self._listeners[resolved] = [
            Listener(one, self._acceptor(transport, resolved), self._accept_failed(resolved))
            for one in listening
        ]
        self._monitor.emit(happened.Bound(resolved))
        return resolved

    async def connect(self, endpoint: str) -> None:
        """Start connecting to `endpoint`, and go on until `disconnect` or `close`; never waits for the peer.

        Raises:
            EndpointError: it cannot be read.
        """
        self._check_open()
        transport = stream_transport(endpoint)
        canonical = transport.check(endpoint, for_bind=False)
        pipe = self._new_pipe(canonical, connecting=True)
        connector = Connector(
            canonical,
            transport,
            self.stream_options(),
            self._backoff(),
            lambda sock: self._connected(pipe, transport, sock),
            lambda error, delay: self._monitor.emit(happened.Retried(canonical, str(error), delay)),
            self._tasks.spawn,
        )
        self._connectors[pipe] = connector
        if not self.immediate:
            self._attach(pipe)
        connector.start()

    async def unbind(self, endpoint: str) -> None:
        """Stop listening on an endpoint as `bind` returned it; accepted connections stay.

        Raises:
            EndpointError: the socket does not listen there.
        """
        listeners = self._listeners.pop(endpoint, None)
        if listeners is None:
            raise EndpointError(endpoint, "this socket is not bound there")
        for listener in listeners:
            listener.close()
        self._monitor.emit(happened.Unbound(endpoint))

    async def disconnect(self, endpoint: str) -> None:
        """Close the connection to an endpoint; what was not sent yet is dropped and counted.

        Raises:
            EndpointError: the socket is not connected there.
        """
        canonical = stream_transport(endpoint).check(endpoint, for_bind=False)
        found = [pipe for pipe, connector in self._connectors.items() if connector.endpoint == canonical]
        if not found:
            raise EndpointError(endpoint, "this socket is not connected there")
        for pipe in found:
            pipe.flush()
            self._connectors.pop(pipe).stop()
            self._forget(pipe, "disconnected on request")

    def _backoff(self) -> Backoff:
        base = max(self.reconnect_ivl, 1) / 1000
        return Backoff(base, self.reconnect_ivl_max / 1000, jitter)

    # -- connections come ---------------------------------------------------------------------------------

    def _new_pipe(self, endpoint: str, *, connecting: bool) -> Pipe:
        return Pipe(self, endpoint, connecting=connecting, limits=(self.send_limit, self.receive_limit))

    def _acceptor(self, transport: StreamTransport, endpoint: str) -> Callable[[system.socket], None]:
        def accepted(sock: system.socket) -> None:
            try:
                transport.prepare(sock, self.stream_options())
            except OSError as error:
                sock.close()
                self._monitor.emit(happened.AcceptFailed(endpoint, str(error)))
                return
            pipe = self._new_pipe(endpoint, connecting=False)
            address = transport.peer_address(sock)
            self._monitor.emit(happened.Accepted(endpoint, address))
            self._start_link(pipe, sock, address)

        return accepted

    def _accept_failed(self, endpoint: str) -> Callable[[OSError], None]:
        return lambda error: self._monitor.emit(happened.AcceptFailed(endpoint, str(error)))

    def _connected(self, pipe: Pipe, transport: StreamTransport, sock: system.socket) -> None:
        address = transport.peer_address(sock)
        self._monitor.emit(happened.Connected(pipe.endpoint, address))
        self._start_link(pipe, sock, address)

    def _start_link(self, pipe: Pipe, sock: system.socket, address: str) -> None:
        pipe.address = address
        if len(self._pending) >= _PENDING_LIMIT:
            oldest = next(iter(self._pending))
            self._pending[oldest].close()
            self.pipe_lost(oldest, CoveyError("too many unfinished handshakes"), 0)
        link = StreamLink(sock, self._link_settings(), pipe, self._tasks.spawn, address)
        self._pending[pipe] = link
        link.start()

    def _link_settings(self) -> LinkSettings:
        if self._security is None:
            from covey.security.null import Null

            self._security = Null()
        metadata = {"Socket-Type": self.socket_type.encode()}
        if self.sends_identity:
            metadata["Identity"] = self.routing_id
        interval = self.heartbeat_ivl / 1000
        timeout = self.heartbeat_timeout / 1000 if self.heartbeat_timeout >= 0 else interval
        config = ConnectionConfig(
            socket_type=self.socket_type,
            peer_types=self.peer_types,
            handshake_timeout=self.handshake_ivl / 1000,
            heartbeat_interval=interval,
            heartbeat_timeout=timeout,
            heartbeat_ttl=self.heartbeat_ttl / 1000,
            max_message_size=self.maxmsgsize,
            takes_subscriptions=self.takes_subscriptions,
            metadata=metadata,
        )
        return LinkSettings(config, self._security, self.zap_domain, self.routing_id)

    def _attach(self, pipe: Pipe) -> None:
        if pipe not in self._pipes:
            self._pipes[pipe] = None
            self.pipe_attached(pipe)

    # -- PipeHost -----------------------------------------------------------------------------------------

    def pipe_ready(self, pipe: Pipe) -> None:
        """Welcome a peer whose handshake is over."""
        self._pending.pop(pipe, None)
        connector = self._connectors.get(pipe)
        if connector is not None:
            connector.succeeded()
        assert pipe.properties is not None
        self._monitor.emit(happened.HandshakeSucceeded(pipe.endpoint, pipe.properties))
        self._attach(pipe)
        if pipe.link is not None:
            self.pipe_opened(pipe)
        self._changed.wake_all()

    def pipe_lost(self, pipe: Pipe, error: Exception | None, lost: int) -> None:
        """Report a lost connection; dial again where this end is the one that dials."""
        reason = str(error) if error is not None else "the peer closed the connection"
        if self._pending.pop(pipe, None) is not None:
            self._handshakes_failed += 1
            cause = error or CoveyError("the peer closed the connection during the handshake")
            self._monitor.emit(happened.HandshakeFailure(pipe.endpoint, pipe.address, str(cause), cause))
        else:
            self._monitor.emit(happened.Disconnected(pipe.endpoint, pipe.address, reason))
        self.count_dropped(pipe, lost, f"on their way when the connection broke: {reason}")
        connector = self._connectors.get(pipe)
        if connector is None or self.immediate or self.reconnect_ivl < 0:
            self._forget(pipe, reason)
        if connector is not None:
            if self.reconnect_ivl < 0:
                self._connectors.pop(pipe).stop()
            else:
                connector.lost(error or CoveyError(reason))
                self.pipe_interrupted(pipe)
        self._changed.wake_all()

    def pipe_flushed(self, pipe: Pipe) -> None:
        """Let a lingering close see that the pipe is empty."""
        if self._closing:
            self._changed.wake_all()

    def _forget(self, pipe: Pipe, reason: str) -> None:
        """Take a pipe out of the socket; what it had not sent is dropped and counted."""
        pending = self._pending.pop(pipe, None)
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
        connector = self._connectors.get(pipe)
        if connector is None:
            self._forget(pipe, reason)
            return
        pipe.close()
        self.pipe_interrupted(pipe)
        connector.lost(CoveyError(reason))

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
        connections = tuple(_pipe_statistics(pipe) for pipe in self._pipes)
        return SocketStatistics(
            messages_sent=self._past_sent + sum(one.messages_sent for one in connections),
            messages_received=self._past_received + sum(one.messages_received for one in connections),
            dropped=self._dropped,
            handshakes_failed=self._handshakes_failed,
            connections=connections,
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
        self._closing = True
        for endpoint in list(self._listeners):
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
        except TimeoutError:
            return
        finally:
            warning.cancel()

    def _warn_of_lingering(self) -> None:
        waiting = {pipe.endpoint: pipe.unsent for pipe in self._pipes if pipe.unsent}
        _log.warning("closing a %s socket waits for messages to be sent: %s", self.socket_type, waiting)

    def _close_now(self) -> int:
        for connector in self._connectors.values():
            connector.stop()
        self._connectors.clear()
        abandoned = sum(pipe.unsent for pipe in self._pipes)
        for pipe in [*self._pending, *self._pipes]:
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
    )
