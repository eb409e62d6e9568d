"""A socket's endpoints: binding, connecting, and the connections that come of it."""

from __future__ import annotations

import socket as system
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from covey.errors import CoveyError, EndpointError, HandshakeFailed, OptionError
from covey.security.mechanism import Security
from covey.security.null import Null
from covey.transports.authentication import with_authenticator
from covey.transports.backoff import Backoff, jitter
from covey.transports.connector import Connector
from covey.transports.group_transport import GroupDialer, GroupTransport
from covey.transports.link import LinkSettings, Message
from covey.transports.link_transport import Binding, Dialer, LinkTransport
from covey.transports.listener import Listener
from covey.transports.registry import group_transport, link_transport, stream_transport
from covey.transports.reports import LinkReport, Lost, Malformed, SenderAppeared
from covey.transports.stream import StreamLink
from covey.transports.stream_transport import StreamOptions, StreamTransport
from covey.transports.zmtp.connection import ConnectionConfig
from covey.transports.zmtp.frames import encode_messages

from . import events as happened
from .doorkeeper import Doorkeeper
from .monitor import Monitor
from .pipe import ConflatingPipe, Pipe, PipeHost
from .socket_options import SocketOptions
from .tasks import TaskSet

if TYPE_CHECKING:
    from covey.security.sealed_group import SealedGroup
    from covey.transports.sealed_group_link import SealedGroupLink

__all__ = ["Endpoints"]

_SEALED_GROUP = "GROUP"
_STOP_REFUSED, _STOP_HANDSHAKE = 1, 2  # bits of reconnect_stop


class Endpoints(SocketOptions, PipeHost, ABC):
    """The part of a socket that makes connections; what becomes of them is decided in `Socket`."""

    plain_attributes = frozenset(("encode_messages", "option_values"))
    socket_type: ClassVar[str]
    """As on the wire: PUSH, PULL, ..."""
    peer_types: ClassVar[frozenset[str]]
    """Socket types that it can talk to."""
    sends_identity: ClassVar[bool] = False
    takes_subscriptions: ClassVar[bool] = False
    by_group: ClassVar[bool] = False
    """Whether its messages belong to groups (RADIO, DISH)."""
    speaks_raw: ClassVar[bool] = False
    """Whether its connections carry bytes as they are."""
    sends_at_once: ClassVar[bool] = False
    """Whether a message is sent when it is written: for lockstep, where none can follow to share the call."""

    connects_once: ClassVar[bool] = False
    """Whether connecting once more to the same endpoint does nothing, as in libzmq; inproc is no such endpoint."""

    def __init__(self, *, security: Security | None = None, **options: Any) -> None:
        super().__init__(**options)
        if security is not None and not hasattr(security, "new_mechanism"):
            raise OptionError(
                "security", f"takes CurveServer(...), PlainClient(...) or the like, not {security!r}"
            )
        self._security = security
        self._dialers: dict[Pipe, Dialer] = {}
        self._bindings: dict[str, list[Binding]] = {}
        self._tasks = TaskSet()
        self._monitor = Monitor()
        guarded = security is not None and security.mechanism != "NULL"
        self._doorkeeper = Doorkeeper(self._monitor, guarded=guarded)
        self.encode_messages: Callable[[Sequence[Message]], list[bytes]] = encode_messages
        self._lost_packets = 0
        self._malformed = 0

    # -- what the application calls -----------------------------------------------------------------------

    async def bind(self, endpoint: str) -> str:
        """Listen on `endpoint` and return it as resolved (`tcp://127.0.0.1:*` becomes its port).

        Raises:
            EndpointError: it cannot be read.
            ResourceError: the system refuses (port in use, no permission, no such address).
        """
        self._check_open()
        group = group_transport(endpoint, by_group=self.by_group)
        if group is not None:
            return self._open_group(group, endpoint, for_bind=True)
        self._refuse_if_sealed(endpoint)
        direct = link_transport(endpoint)
        bindings = await (self._listen(endpoint) if direct is None else self._bind_directly(direct, endpoint))
        if self.closed:
            for binding in bindings:
                await binding.close()
            self._check_open()
        resolved = bindings[0].endpoint
        self._bindings.setdefault(resolved, []).extend(bindings)
        self._monitor.emit(happened.Bound(resolved))
        return resolved

    async def connect(self, endpoint: str) -> None:
        """Start connecting to `endpoint`, and go on until `disconnect` or `close`; never waits for the peer.

        Raises:
            EndpointError: it cannot be read.
            ResourceError: the system refuses a multicast socket.
        """
        self._check_open()
        group = group_transport(endpoint, by_group=self.by_group)
        if group is not None:
            self._open_group(group, endpoint, for_bind=False)
            return
        self._refuse_if_sealed(endpoint)
        direct = link_transport(endpoint)
        transport = direct or stream_transport(endpoint)
        canonical = transport.check(endpoint, for_bind=False)
        if self.connects_once and direct is None and self._connects_to(canonical):
            return
        self.check_proxy()
        pipe = self._new_pipe(canonical, connecting=True)
        dialer = (
            direct.dialer(canonical, self._link_settings(), self.stream_options(), pipe)
            if direct is not None
            else self._connector(canonical, pipe)
        )
        self.pipe_dialling(pipe)
        self._dialers[pipe] = dialer
        if not self.immediate:
            self._attach(pipe)
        dialer.start()

    def _connects_to(self, canonical: str) -> bool:
        return any(dialer.endpoint == canonical for dialer in self._dialers.values())

    async def unbind(self, endpoint: str) -> None:
        """Stop listening on an endpoint as `bind` returned it; accepted connections stay.

        Raises:
            EndpointError: the socket does not listen there.
        """
        if self._close_groups(endpoint, is_binding=True):
            self._monitor.emit(happened.Unbound(endpoint))
            return
        bindings = self._bindings.pop(endpoint, None)
        if bindings is None:
            raise EndpointError(endpoint, "this socket is not bound there")
        for binding in bindings:
            await binding.close()
        self._monitor.emit(happened.Unbound(endpoint))

    async def disconnect(self, endpoint: str) -> None:
        """Close the connection to an endpoint; what the kernel has not taken is dropped and counted.

        Raises:
            EndpointError: the socket is not connected there.
        """
        group = group_transport(endpoint, by_group=self.by_group)
        if group is not None:
            canonical = group.check(endpoint, self.socket_type, for_bind=False)
            if not self._close_groups(canonical, is_binding=False):
                raise EndpointError(endpoint, "this socket is not connected there")
            return
        transport = link_transport(endpoint) or stream_transport(endpoint)
        canonical = transport.check(endpoint, for_bind=False)
        found = [pipe for pipe, dialer in self._dialers.items() if dialer.endpoint == canonical]
        if not found:
            raise EndpointError(endpoint, "this socket is not connected there")
        self.give_out()
        for pipe in found:
            pipe.flush()
            self._dialers.pop(pipe).stop()
            self._forget(pipe, "disconnected on request")

    # -- multicast ----------------------------------------------------------------------------------------

    def _open_group(self, transport: GroupTransport, endpoint: str, *, for_bind: bool) -> str:
        """Open a multicast link, which is there at once; return its endpoint as resolved."""
        mechanism = self._security.mechanism if self._security is not None else "NULL"
        is_sealed = mechanism == _SEALED_GROUP and self.by_group
        if mechanism != "NULL" and not is_sealed:
            raise EndpointError(endpoint, f"multicast has no handshake, so {mechanism} cannot protect it")
        canonical = transport.check(endpoint, self.socket_type, for_bind=for_bind)
        pipe = self._new_pipe(canonical, connecting=not for_bind)
        self._dialers[pipe] = dialer = GroupDialer(canonical)
        settings, options = self._link_settings(), self.stream_options()
        owner = self._sealed(canonical, settings, options, pipe) if is_sealed else pipe
        try:
            link = transport.open(canonical, settings, options, owner, for_bind=for_bind)
        except BaseException:
            del self._dialers[pipe]
            raise
        pipe.endpoint = dialer.endpoint = link.address
        if for_bind:
            self._monitor.emit(happened.Bound(link.address))
        return link.address

    def _refuse_if_sealed(self, endpoint: str) -> None:
        if self._security is not None and self._security.mechanism == _SEALED_GROUP:
            raise EndpointError(
                endpoint, "a sealed group protects multicast; connections want NOISE or CURVE"
            )

    def _sealed(
        self, endpoint: str, settings: LinkSettings, options: StreamOptions, pipe: Pipe
    ) -> SealedGroupLink:
        from covey.transports.sealed_group_link import sealed_owner

        return sealed_owner(endpoint, cast("SealedGroup", self._security), settings, options, pipe)

    def _close_groups(self, endpoint: str, *, is_binding: bool) -> bool:
        """Close the multicast links of an endpoint; False when there are none."""
        found = [
            pipe
            for pipe, dialer in self._dialers.items()
            if isinstance(dialer, GroupDialer)
            and dialer.endpoint == endpoint
            and pipe.connecting != is_binding
        ]
        self.give_out()
        for pipe in found:
            pipe.flush()
            del self._dialers[pipe]
            self._forget(pipe, "closed on request")
        return bool(found)

    def _reported(self, endpoint: str, report: LinkReport) -> None:
        """Pass on what a multicast link tells."""
        if isinstance(report, Lost):
            self._lost_packets += report.count
            self._monitor.emit(happened.Lost(endpoint, report.sender, report.first, report.count))
        elif isinstance(report, Malformed):
            self._malformed += report.count
            self._monitor.emit(happened.Malformed(endpoint, report.count))
        elif isinstance(report, SenderAppeared):
            self._monitor.emit(happened.SenderAppeared(endpoint, report.sender))
        else:
            self._monitor.emit(happened.SenderVanished(endpoint, report.sender, report.reason))

    # -- how ends are made --------------------------------------------------------------------------------

    async def _listen(self, endpoint: str) -> list[Binding]:
        transport = stream_transport(endpoint)
        listening = await transport.listen(endpoint, self.stream_options())
        resolved = listening[0].endpoint
        return [
            Listener(one, self._acceptor(transport, resolved), self._accept_failed(resolved))
            for one in listening
        ]

    async def _bind_directly(self, transport: LinkTransport, endpoint: str) -> list[Binding]:
        def new_owner() -> Pipe:
            return self._new_pipe(endpoint, connecting=False)

        return [await transport.bind(endpoint, self._link_settings(), self.stream_options(), new_owner)]

    def _connector(self, endpoint: str, pipe: Pipe) -> Connector:
        transport = stream_transport(endpoint)
        return Connector(
            endpoint,
            transport,
            self.stream_options(),
            Backoff(max(self.reconnect_ivl, 1) / 1000, self.reconnect_ivl_max / 1000, jitter),
            lambda sock: self._connected(pipe, transport, sock),
            lambda error, delay: self._retry(pipe, error, delay),
            self._tasks.spawn,
        )

    def _retry(self, pipe: Pipe, error: Exception, delay: float) -> bool:
        """Return whether a connection is tried again, and say so."""
        refused = isinstance(error, ConnectionRefusedError) and self.reconnect_stop & _STOP_REFUSED
        failed = isinstance(error, HandshakeFailed) and self.reconnect_stop & _STOP_HANDSHAKE
        if self.reconnect_ivl < 0 or refused or failed:
            self._dialers.pop(pipe, None)
            self._forget(pipe, f"given up: {error}")
            return False
        self._monitor.emit(happened.Retried(pipe.endpoint, str(error), delay))
        return True

    def _new_pipe(self, endpoint: str, *, connecting: bool) -> Pipe:
        kind = ConflatingPipe if self.conflates() else Pipe
        pipe = kind(self, endpoint, connecting=connecting, limits=(self.send_limit, self.receive_limit))
        pipe.tells_peer = self.peer_info
        pipe.at_once = self.sends_at_once
        return pipe

    def give_out(self) -> None:
        """Bring what the pattern holds back into its pipes; the default holds nothing back."""

    def conflates(self) -> bool:
        """Return whether queues keep their newest message only."""
        return False

    def pipe_dialling(self, pipe: Pipe) -> None:
        """Prepare a pipe that is about to connect; the default does nothing."""

    # -- connections come ---------------------------------------------------------------------------------

    def _acceptor(self, transport: StreamTransport, endpoint: str) -> Callable[[system.socket], None]:
        def accepted(sock: system.socket) -> None:
            address = transport.peer_address(sock)
            if not self._doorkeeper.admits(endpoint, address):
                sock.close()
                return
            try:
                transport.prepare(sock, self.stream_options())
            except OSError as error:
                sock.close()
                self._monitor.emit(happened.AcceptFailed(endpoint, str(error)))
                return
            pipe = self._new_pipe(endpoint, connecting=False)
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
        if not pipe.connecting and (surplus := self._doorkeeper.surplus()) is not None:
            self.pipe_lost(surplus, CoveyError("too many unfinished handshakes"), 0)
        link = StreamLink(sock, self._link_settings(), pipe, self._tasks.spawn, address)
        self._doorkeeper.begin(pipe, link)
        link.start()

    def _link_settings(self) -> LinkSettings:
        if self._security is None:
            self._security = Null()
        security = self._authenticating(self._security)
        metadata = {"Socket-Type": self.socket_type.encode()}
        if self.sends_identity:
            metadata["Identity"] = self.routing_id
        metadata.update(self.metadata)
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
            by_group=self.by_group,
            metadata=metadata,
            encode=self.encode_messages,
        )
        return LinkSettings(
            config, security, self.zap_domain, self.routing_id, self.speaks_raw, self._reported
        )

    def _authenticating(self, security: Security) -> Security:
        """Return `security` with the ZAP handler asked, where there is one and nobody else is to be asked.

        As in libzmq a handler is asked about NULL only where the socket has a `zap_domain`.
        """
        if security.authenticator is not None or not (security.as_server or self.zap_domain):
            return security
        from covey.transports.zap import ask_handler, handler_is_bound

        if not handler_is_bound() or (security.mechanism != "NULL" and not security.as_server):
            return security
        return with_authenticator(security, ask_handler)

    # -- what `Socket` adds -------------------------------------------------------------------------------

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether `close` was called."""

    @abstractmethod
    def _check_open(self) -> None:
        """Raise SocketClosed after `close`."""

    @abstractmethod
    def _attach(self, pipe: Pipe) -> None:
        """Take a pipe into the socket."""

    @abstractmethod
    def _forget(self, pipe: Pipe, reason: str) -> None:
        """Take a pipe out of the socket."""
