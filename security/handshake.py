"""What all handshakes share: one expected command at a time, refusals, the authenticator's verdict."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Callable

from covey.errors import AuthenticationFailed, HandshakeFailed, PeerRefused, ProtocolError, StateError

from .commands import ERROR, HELLO, WELCOME, decode_error, encode_error, printable, split_command
from .mechanism import (
    LONGEST_COMMAND,
    AuthenticationReply,
    AuthenticationRequest,
    HandshakeState,
    Mechanism,
)

__all__ = ["ACCEPTED", "CommandHandshake"]

ACCEPTED = 200
"""The one status that lets a peer in (RFC 27)."""
_TEMPORARY = 300
"""Refused for now: nothing is said to the peer, so that it tries again (libzmq's reading of RFC 27)."""
_TOLD = (400, 500)
"""Refused: the peer is told by ERROR."""

_WITHOUT_METADATA = (HELLO, WELCOME)
_LONGEST_WITHOUT = 1024
"""Octets: PLAIN's HELLO, the longest of them, has at most 518."""

_Handler = Callable[[bytes], None]


class CommandHandshake(Mechanism):
    """A mechanism that at any time awaits one command, or a verdict, or nothing.

    Subclasses say what comes next with `_expect`, queue bodies with `_send`, ask with `_ask` and
    end with `_become_ready`.
    """

    __slots__ = (
        "_awaited",
        "_handler",
        "_outgoing",
        "authentication_request",
        "peer_metadata",
        "state",
        "user_id",
    )

    def __init__(self) -> None:
        self.state = HandshakeState.EXCHANGING
        self.peer_metadata = {}
        self.user_id = ""
        self.authentication_request = None
        self._outgoing: deque[bytes] = deque()
        self._awaited = b""
        self._handler: _Handler | None = None

    @property
    def longest_command(self) -> int:
        """Most octets of what the peer may say next: little until it has proven anything."""
        return _LONGEST_WITHOUT if self._awaited in _WITHOUT_METADATA else LONGEST_COMMAND

    def next_command(self) -> bytes | None:
        """Return the next handshake command body to send, or None."""
        return self._outgoing.popleft() if self._outgoing else None

    def receive_command(self, body: bytes) -> None:
        """Take a handshake command body.

        Raises:
            HandshakeFailed: the body is malformed, out of order or does not prove what it must.
            PeerRefused: the peer sent ERROR.
        """
        try:
            self._dispatch(*split_command(body))
        except HandshakeFailed:
            self._fail()
            raise
        except ProtocolError as error:
            self._fail()
            reason = str(error)
            named = reason if reason.startswith(f"{self.name}:") else f"{self.name}: {reason}"
            raise HandshakeFailed(named) from error

    def authenticate(self, reply: AuthenticationReply) -> None:
        """Take the verdict on `authentication_request`.

        Raises:
            AuthenticationFailed: the verdict was not 200; drain `next_command` (ERROR), then close.
            StateError: not AUTHENTICATING (any more).
        """
        if self.state is not HandshakeState.AUTHENTICATING:
            raise StateError(f"{self.name} awaits no verdict")
        self.authentication_request = None
        if reply.status != ACCEPTED:
            self._fail()
            if reply.status != _TEMPORARY:
                self._send(encode_error(str(reply.status if reply.status in _TOLD else _TOLD[-1])))
            raise AuthenticationFailed(f"{self.name}: refused, {reply.status} {reply.text}".rstrip())
        self.state = HandshakeState.EXCHANGING
        self.user_id = reply.user_id
        # The authenticator's word comes before the peer's own (libzmq's order of precedence).
        self.peer_metadata.update(reply.metadata)
        self._accepted()

    @abstractmethod
    def _accepted(self) -> None:
        """Go on after a verdict of 200."""

    def _send(self, body: bytes) -> None:
        self._outgoing.append(body)

    def _expect(self, name: bytes, handler: _Handler) -> None:
        self._awaited = name
        self._handler = handler

    def _ask(self, credentials: tuple[bytes, ...]) -> None:
        self.state = HandshakeState.AUTHENTICATING
        self.authentication_request = AuthenticationRequest(
            self.name, credentials, metadata=dict(self.peer_metadata)
        )

    def _learn(self, properties: dict[str, bytes]) -> None:
        """Take the peer's own properties; what is known already stays."""
        for name, value in properties.items():
            self.peer_metadata.setdefault(name, value)

    def _become_ready(self) -> None:
        self.state = HandshakeState.READY
        self._handler = None

    def _dispatch(self, name: bytes, data: bytes) -> None:
        if self.state in (HandshakeState.READY, HandshakeState.FAILED):
            raise HandshakeFailed(f"{self.name}: {printable(name)} after the handshake ended")
        if name == ERROR:
            reason = decode_error(data)
            self._fail()
            raise PeerRefused(reason)
        handler = self._handler
        if handler is None or name != self._awaited:
            awaited = self._awaited.decode("ascii") if handler is not None else "nothing"
            raise HandshakeFailed(f"{self.name}: awaited {awaited}, got {printable(name)}")
        self._handler = None
        handler(data)

    def _fail(self) -> None:
        self.state = HandshakeState.FAILED
        self.authentication_request = None
        self._handler = None
        self._outgoing.clear()
