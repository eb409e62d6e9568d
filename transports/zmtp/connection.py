"""One ZMTP connection, sans-I/O: greeting, handshake, traffic, heartbeats.

States::

    GREETING ──► HANDSHAKE ──► TRAFFIC
        └────────────┴───────────┴────► CLOSED

The owner feeds what it read to `receive_data`, drains `next_event` and `data_to_send`, and keeps one
timer at `next_timeout` for `handle_timeout`. Any exception means: send what `data_to_send` still holds,
then close.

Spec: RFC 37; where it and libzmq differ, libzmq is followed.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Mapping, Sequence

from covey.errors import AuthenticationFailed, CoveyError, HandshakeFailed, PeerRefused, ProtocolError
from covey.security.commands import printable
from covey.security.mechanism import AuthenticationReply, HandshakeState, Mechanism, Sealing

from .commands import encode_ping, encode_pong, group_message, ping_parts, subscription_message
from .config import ConnectionConfig
from .constants import CANCEL, COMMAND, ERROR, JOIN, LEAVE, PING, SUBSCRIBE
from .events import AuthenticationNeeded, ConnectionEvent, HandshakeDone, PeerProperties
from .frames import FrameDecoder, Message, encode_command, encode_frame_header, encode_messages, split_frame
from .greeting import Greeting
from .heartbeat import Heartbeat
from .legacy import V1Decoder, encode_v1, split_v1, v1_overhead
from .sealed import SEAL_OVERHEAD, SealedFrames, seal_messages
from .sealed_stream import SealedStream
from .version import PeerVersion, VersionExchange

__all__ = ["Connection", "ConnectionConfig", "ConnectionState"]

_LONGEST_IDENTITY = 1024  # frame that is all of an old peer's handshake; what is legal has 255 octets


class ConnectionState(enum.Enum):
    """Where a connection stands."""

    GREETING = "greeting"
    HANDSHAKE = "handshake"
    TRAFFIC = "traffic"
    CLOSED = "closed"


class Connection:
    """The protocol of one connection; see the module's text for how to drive it."""

    __slots__ = (
        "_config",
        "_decoder",
        "_early",
        "_encode",
        "_events",
        "_exchange",
        "_heartbeat",
        "_injected",
        "_mechanism",
        "_old_peer",
        "_out",
        "_peer_minor",
        "_read_subscription",
        "_sealed",
        "_stream",
        "_timeout_at",
        "failure",
        "state",
    )

    def __init__(self, config: ConnectionConfig, mechanism: Mechanism, now: float) -> None:
        self.state = ConnectionState.GREETING
        self._config = config
        self._use(mechanism)
        self._decoder: FrameDecoder | V1Decoder = FrameDecoder(self._traffic_command, config.max_message_size)
        self._events: deque[ConnectionEvent] = deque()
        self._early = b""
        self.failure: CoveyError | None = None
        first, *others = mechanism.names
        self._exchange = VersionExchange(
            Greeting(first),
            config.socket_type,
            config.metadata.get("Identity", b""),
            may_downgrade=first == "NULL" and mechanism.state is HandshakeState.EXCHANGING,
            alternatives=tuple(others),
        )
        self._out: list[bytes] = [self._exchange.begin()]
        self._old_peer: PeerVersion | None = None
        self._injected: list[Message] = []
        self._encode = config.encode
        self._peer_minor = 0
        self._read_subscription = group_message if config.by_group else subscription_message
        self._heartbeat = Heartbeat(config.heartbeat_interval, config.heartbeat_timeout)
        self._timeout_at = now + config.handshake_timeout if config.handshake_timeout else None

    # -- what comes in ------------------------------------------------------------------------------------

    def receive_data(self, data: bytes | memoryview, now: float, limit: int = 1_000_000) -> list[Message]:
        """Feed what was read (zero octets: only decode more of what was held back).

        Args:
            data: copied before return.
            now: monotonic seconds.
            limit: stop after so many messages and hold the rest back; at least 1.

        Returns:
            Complete messages in order.

        Raises:
            ProtocolError: the peer broke ZMTP (HandshakeFailed before it was ready).
            AuthenticationFailed, PeerRefused: it may not talk to us, or we not to it.
        """
        if len(data):
            self._heartbeat.heard(now)
        if self.state is ConnectionState.TRAFFIC and not self._early:
            return self._receive_traffic(data, limit)
        self._early += bytes(data)
        self._advance_handshake(now)
        return self._receive_early(limit)

    def _receive_early(self, limit: int) -> list[Message]:
        """Decode traffic that came in one piece with the end of the handshake."""
        if self.state is not ConnectionState.TRAFFIC:
            return []
        early, self._early = self._early, b""
        injected, self._injected = self._injected, []
        return injected + (self._receive_traffic(early, limit) if early else [])

    def _advance_handshake(self, now: float) -> None:
        try:
            if self.state is ConnectionState.GREETING:
                self._receive_greeting()
            if self._old_peer is not None and self.state is ConnectionState.HANDSHAKE:
                self._receive_old_identity(self._old_peer)
                return
            while (
                self.state is ConnectionState.HANDSHAKE
                and self._mechanism.state is not HandshakeState.AUTHENTICATING
                and (frame := split_frame(self._early, self._mechanism.longest_command)) is not None
            ):
                body, self._early = frame
                self._handshake_command(body)
            if self.state is ConnectionState.TRAFFIC:
                self._heartbeat.start(now)
                self._stream.start(now)
            if self.state is not ConnectionState.TRAFFIC and len(self._early) > self._mechanism.early_max:
                raise HandshakeFailed("the peer went on before it was let in")
        except (AuthenticationFailed, PeerRefused, HandshakeFailed):
            self.state = ConnectionState.CLOSED
            raise
        except ProtocolError as error:
            self.state = ConnectionState.CLOSED
            raise HandshakeFailed(str(error)) from error

    def _receive_greeting(self) -> None:
        out, version = self._exchange.receive(self._early)
        if out:
            self._out.append(out)
        if version is None:
            return
        self._early = self._early[version.consumed :]
        self.state = ConnectionState.HANDSHAKE
        if version.greeting is None:
            self._old_peer = version
            return
        greeting = version.greeting
        self._choose_mechanism(greeting.mechanism)
        self._peer_minor = greeting.minor if greeting.major == 3 else 1
        self._drain_mechanism()
        self._follow_mechanism()  # NULL may want its authenticator asked before the peer says a word

    def _choose_mechanism(self, name: str) -> None:
        """Go on with the mechanism that the peer's greeting names."""
        chosen = self._mechanism.for_peer(name)
        if chosen is None:
            ours = " or ".join(self._mechanism.names)
            raise HandshakeFailed(f"the peer wants mechanism {name or 'none'}, this end {ours}")
        self._use(chosen)

    def _use(self, mechanism: Mechanism) -> None:
        self._mechanism = mechanism
        self._sealed = SealedFrames(mechanism, self._traffic_command)
        self._stream = SealedStream(mechanism)

    def _receive_old_identity(self, peer: PeerVersion) -> None:
        """Take the one frame that is all of an old peer's handshake."""
        if peer.major == 1:
            frame = split_v1(self._early, 0, _LONGEST_IDENTITY)
            if frame is None:
                if len(self._early) > 2 * _LONGEST_IDENTITY:
                    raise HandshakeFailed("the peer does not speak ZMTP")
                return
            flags, identity, end = frame
            if flags:
                raise HandshakeFailed("the peer does not speak ZMTP: its first octets are no identity")
            self._early = self._early[end:]
            decoder = V1Decoder(self._config.max_message_size)
            self._decoder, self._encode = decoder, encode_v1
        else:
            whole = split_frame(self._early, _LONGEST_IDENTITY)
            if whole is None:
                return
            identity, self._early = whole
        self._admit(peer.socket_type, {"Identity": identity})
        if peer.consumed == 0 and self._config.takes_subscriptions:
            self._injected.append(b"\x01")  # a SUB of 1.0 filters by itself and wants everything

    def _handshake_command(self, body: bytes) -> None:
        try:
            self._mechanism.receive_command(body)
        finally:
            self._drain_mechanism()
        self._follow_mechanism()

    def _follow_mechanism(self) -> None:
        if self._mechanism.state is HandshakeState.AUTHENTICATING:
            request = self._mechanism.authentication_request
            if request is not None:
                self._events.append(AuthenticationNeeded(request))
        elif self._mechanism.state is HandshakeState.READY:
            metadata = self._mechanism.peer_metadata
            self._admit(metadata.get("Socket-Type", b"").decode("latin-1"), metadata)

    def _admit(self, socket_type: str, metadata: Mapping[str, bytes]) -> None:
        if (socket_type or "Socket-Type" in metadata) and socket_type not in self._config.peer_types:
            raise HandshakeFailed(
                f"a {self._config.socket_type} socket cannot talk to a {socket_type} socket"
            )
        self.state = ConnectionState.TRAFFIC
        self._timeout_at = None
        if self._mechanism.sealing is Sealing.MESSAGE and self._config.max_message_size >= 0:
            self._decoder.max_size += SEAL_OVERHEAD
        properties = PeerProperties(
            socket_type=socket_type,
            identity=metadata.get("Identity", b""),
            mechanism=self._mechanism.name,
            user_id=self._mechanism.user_id,
            minor=self._peer_minor,
            metadata=dict(metadata),
            major=self._old_peer.major if self._old_peer is not None else 3,
        )
        self._events.append(HandshakeDone(properties))

    def authenticate(self, reply: AuthenticationReply, now: float) -> None:
        """Pass on the authenticator's verdict; then call `receive_data` with zero octets.

        Raises:
            AuthenticationFailed: it was a refusal.
            HandshakeFailed: what the peer sent meanwhile breaks the handshake.
        """
        try:
            self._mechanism.authenticate(reply)
        except AuthenticationFailed:
            self.state = ConnectionState.CLOSED
            raise
        finally:
            self._drain_mechanism()
        self._follow_mechanism()
        self._advance_handshake(now)

    def _drain_mechanism(self) -> None:
        while (body := self._mechanism.next_command()) is not None:
            self._out.append(encode_command(body))

    # -- traffic ------------------------------------------------------------------------------------------

    def _receive_traffic(self, data: bytes | memoryview, limit: int) -> list[Message]:
        """Decode; an error behind good messages waits in `failure` until they are delivered."""
        messages: list[Message] = []
        try:
            sealing = self._mechanism.sealing
            if sealing is Sealing.NONE:
                self._decoder.feed(data, messages, limit)
            elif sealing is Sealing.STREAM:
                self._stream.receive(data, self._decoder, messages, limit)
            else:
                self._receive_sealed(data, messages, limit)
        except (ProtocolError, PeerRefused) as error:
            self.state = ConnectionState.CLOSED
            if not messages:
                raise
            self.failure = error
        return messages

    def _receive_sealed(self, data: bytes | memoryview, messages: list[Message], limit: int) -> None:
        sealed: list[Message] = []
        try:
            self._decoder.feed(data, sealed, limit)
        finally:
            self._sealed.open(sealed, messages)

    def _traffic_command(self, body: bytes, messages: list[Message]) -> None:
        """Obey a command; what libzmq ignores (unknown, malformed) is ignored here too."""
        if self._old_peer is not None:
            return  # 1.0 and 2.0 have no commands
        if body.startswith(PING):
            parts = ping_parts(body)
            if parts is not None:
                ttl, context = parts
                self._heartbeat.promised(ttl)
                self._out.extend(self._seal_command(encode_pong(context)))
        elif self._config.takes_subscriptions and (message := self._read_subscription(body)) is not None:
            messages.append(message)
        elif body.startswith(ERROR):
            raise PeerRefused(printable(body[len(ERROR) + 1 :]))

    # -- what goes out ------------------------------------------------------------------------------------

    def encode(self, messages: Sequence[Message]) -> Sequence[bytes | bytearray]:
        """Return buffers with `messages`, framed and sealed, in order. TRAFFIC only."""
        sealing = self._mechanism.sealing
        if sealing is Sealing.NONE:
            return self._encode(messages)
        if sealing is Sealing.STREAM:
            return self._mechanism.seal_records(encode_messages(messages))
        return seal_messages(self._mechanism, messages)

    def encode_subscription(self, topic: bytes, *, subscribe: bool) -> Sequence[bytes | bytearray]:
        """Return buffers with SUBSCRIBE or CANCEL in the form that the peer's version knows, or JOIN or LEAVE."""
        if self._config.by_group:
            return self._seal_command((JOIN if subscribe else LEAVE) + topic)
        if self._peer_minor == 0:
            return self.encode([(b"\x01" if subscribe else b"\x00") + topic])
        return self._seal_command((SUBSCRIBE if subscribe else CANCEL) + topic)

    def _seal_command(self, body: bytes) -> list[bytes]:
        sealing = self._mechanism.sealing
        if sealing is Sealing.NONE:
            return [encode_frame_header(len(body), COMMAND), body]
        if sealing is Sealing.STREAM:
            return self._mechanism.seal_records([encode_command(body)])
        sealed = self._mechanism.seal(2, body)
        return [encode_frame_header(len(sealed)), sealed]

    @property
    def holds_messages(self) -> bool:
        """Whether `receive_data` stopped at its limit, so that zero octets more may yield more."""
        return self._decoder.at_limit or self._stream.holds_contents

    @property
    def seals_stream(self) -> bool:
        """Whether a flush is sealed as a whole, so that part of it on the wire is all of it."""
        return self._mechanism.sealing is Sealing.STREAM

    def overhead(self, message: Message) -> int:
        """Return the octets that sealing adds to a message on the wire, for counting what left."""
        if self._mechanism.sealing is not Sealing.MESSAGE:
            return v1_overhead(message) if self._encode is encode_v1 else 0
        frames = (message,) if isinstance(message, bytes) else message
        return sum(
            len(encode_frame_header(len(frame) + SEAL_OVERHEAD))
            + SEAL_OVERHEAD
            - len(encode_frame_header(len(frame)))
            for frame in frames
        )

    def data_to_send(self) -> list[bytes]:
        """Return and forget what the protocol itself wants sent (greeting, handshake, PING, PONG)."""
        out = self._out
        if out:
            self._out = []
        return out

    def next_event(self) -> ConnectionEvent | None:
        """Return the oldest event that was not yet taken, or None."""
        return self._events.popleft() if self._events else None

    # -- time ---------------------------------------------------------------------------------------------

    def next_timeout(self) -> float | None:
        """Return when `handle_timeout` wants to be called, None for never."""
        if self._timeout_at is not None:
            return self._timeout_at
        return self._stream.next_timeout(self._heartbeat.next_timeout())

    def excuse_silence(self, now: float) -> None:
        """Do not hold the peer's silence against it: it is the owner who does not read."""
        self._heartbeat.heard(now)

    def handle_timeout(self, now: float) -> None:
        """Do what is due: send a PING, or give the peer up.

        Raises:
            HandshakeFailed: the handshake took too long.
            ProtocolError: the peer fell silent.
        """
        if self._timeout_at is not None and now >= self._timeout_at:
            self.state = ConnectionState.CLOSED
            raise HandshakeFailed(f"no handshake within {self._config.handshake_timeout:g} s")
        self._stream.handle_timeout(now)
        silence = self._heartbeat.silence(now)
        if silence is not None:
            self.state = ConnectionState.CLOSED
            raise ProtocolError(f"the peer fell silent {silence:.1f} s ago")
        if self._heartbeat.take_ping(now):
            self._out.extend(self._seal_command(encode_ping(self._config.heartbeat_ttl)))
