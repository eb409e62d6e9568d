"""The seam between security and transports: a mechanism is a sans-I/O handshake on command bodies.

ZMTP (layer 2) frames what a mechanism (layer 1) says. A mechanism sees and gives *bodies* only:
`name_length(1) name data`, so it is tested from vectors alone and imports no transport.

Life of a mechanism::

    EXCHANGING ◄──► AUTHENTICATING
         ├────────────────┴───────► READY
         └────────────────┴───────► FAILED     (the method that fails also raises)

While EXCHANGING, the owner alternates `receive_command` and draining `next_command`. In AUTHENTICATING,
`authentication_request` says what is to be decided; the owner asks its authenticator (which may take
its time) and calls `authenticate`. Three things an owner must not assume:

- NULL with an authenticator is AUTHENTICATING from its making, so look at `state` before the first byte;
- AUTHENTICATING may lead back to EXCHANGING (NULL, PLAIN), and commands may arrive meanwhile: pass them on;
- `next_command` may hold one last body (READY, ERROR) in READY and FAILED.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, Protocol

from covey.values import field, frozen

__all__ = [
    "LONGEST_COMMAND",
    "AuthenticationReply",
    "AuthenticationRequest",
    "Authenticator",
    "HandshakeState",
    "Mechanism",
    "Sealing",
    "Security",
]


class Sealing(enum.Enum):
    """How traffic is protected once the handshake is over."""

    NONE = "none"
    """Frames travel as they are (NULL, PLAIN)."""
    MESSAGE = "message"
    """Each frame is sealed alone, as libzmq's CURVE does."""
    STREAM = "stream"
    """All frames of one flush are sealed together in records (NOISE)."""


LONGEST_COMMAND = 16 * 1024
"""Octets of a handshake command: twice what the longest certificate has, which is what metadata hold at most."""


class HandshakeState(enum.Enum):
    """Where a handshake stands."""

    EXCHANGING = "exchanging"
    AUTHENTICATING = "authenticating"
    READY = "ready"
    FAILED = "failed"


@frozen
class AuthenticationRequest:
    """What an authenticator decides on (RFC 27). Mechanisms fill what they know, the owner adds the rest."""

    mechanism: str
    """NULL, PLAIN, CURVE or NOISE."""
    credentials: tuple[bytes, ...] = ()
    """PLAIN: user, password. CURVE and NOISE: the peer's public key, 32 bytes, proven."""
    metadata: Mapping[str, bytes] = field(default_factory=dict)
    """Properties that the peer sent inside its (authenticated) handshake."""
    domain: str = ""
    """The socket's zap_domain."""
    address: str = ""
    """The peer's numeric address without port."""
    identity: bytes = b""
    """The accepting socket's own routing id (as libzmq has it)."""


@frozen
class AuthenticationReply:
    """An authenticator's verdict (RFC 27): status 200 accepts; 300, 400 and 500 refuse."""

    status: int
    text: str = ""
    user_id: str = ""
    metadata: Mapping[str, bytes] = field(default_factory=dict)


class Authenticator(Protocol):
    """Decides who may connect."""

    def __call__(
        self, request: AuthenticationRequest, /
    ) -> AuthenticationReply | Awaitable[AuthenticationReply]:
        """Return the verdict, at once or later."""
        ...


class Mechanism(ABC):
    """One handshake with one peer, and the sealing of its traffic. Made fresh per connection."""

    __slots__ = ()

    name: ClassVar[str]
    """As it stands in the greeting: up to 20 ASCII characters."""
    sealing: ClassVar[Sealing] = Sealing.NONE
    key_lifetime: ClassVar[float] = 0.0
    """Seconds after which the owner calls `retire_key`, again and again; 0 for never."""

    state: HandshakeState
    peer_metadata: dict[str, bytes]
    """What the peer said of itself, complete once READY."""
    user_id: str
    """From the authenticator's reply; empty when nobody was asked."""
    authentication_request: AuthenticationRequest | None
    """Set while AUTHENTICATING."""

    @property
    def names(self) -> tuple[str, ...]:
        """What our greeting may name; where there are several it waits for the peer's and names the same."""
        return (self.name,)

    def for_peer(self, name: str) -> Mechanism | None:
        """Return what to go on with where the peer's greeting names `name`; None where that cannot be."""
        return self if name == self.name else None

    @property
    def longest_command(self) -> int:
        """Most octets of what the peer may say next; nothing longer is kept for a peer that is not let in."""
        return LONGEST_COMMAND

    @property
    def early_max(self) -> int:
        """Most octets that are kept of a peer until it is let in: of a command, and traffic where it may send some."""
        return 2 * self.longest_command

    @abstractmethod
    def next_command(self) -> bytes | None:
        """Return the next handshake command body to send, or None."""

    @abstractmethod
    def receive_command(self, body: bytes) -> None:
        """Take a handshake command body.

        Raises:
            HandshakeFailed: the peer broke the handshake; drain `next_command`, then close.
            PeerRefused: the peer sent ERROR.
        """

    def authenticate(self, reply: AuthenticationReply) -> None:
        """Take the verdict on `authentication_request`.

        Raises:
            AuthenticationFailed: the verdict was not 200; drain `next_command` (ERROR), then close.
            StateError: not AUTHENTICATING (any more).
        """
        raise AssertionError(f"{self.name} asked for no authentication")  # pragma: no cover

    def seal_all(
        self, flags: Sequence[int], payloads: Sequence[bytes], header: Callable[[int], bytes]
    ) -> bytes | bytearray:
        """Return the sealed bodies of many frames (Sealing.MESSAGE), one after the other.

        Args:
            flags: of each: 1 more frames follow, 2 it is a command.
            payloads: of each.
            header: returns what stands in front of a body of so many octets.
        """
        raise AssertionError(f"{self.name} does not seal messages")  # pragma: no cover

    def open_all(self, bodies: Sequence[bytes], flags: bytearray, payloads: list[bytes]) -> None:
        """Open sealed frame bodies (Sealing.MESSAGE) and append the flags and the payload of each.

        Raises:
            ProtocolError: one does not open, or is a replay; what came before it was appended.
        """
        raise AssertionError(f"{self.name} does not open messages")  # pragma: no cover

    def seal(self, flags: int, payload: bytes) -> bytes:
        """Return the sealed body of one frame."""
        return bytes(self.seal_all((flags,), (payload,), _no_header))

    def open(self, body: bytes) -> tuple[int, bytes]:
        """Return (flags, payload) of one sealed frame body.

        Raises:
            ProtocolError: it does not open, or is a replay.
        """
        flags, payloads = bytearray(), list[bytes]()
        self.open_all((body,), flags, payloads)
        return flags[0], payloads[0]

    def seal_records(self, plaintext: Sequence[bytes]) -> list[bytes]:
        """Return buffers with the ciphertext of one flush (Sealing.STREAM), record framing included."""
        raise AssertionError(f"{self.name} does not seal records")  # pragma: no cover

    def open_records(self, data: bytes | bytearray | memoryview, opened: list[bytes]) -> None:
        """Append to `opened` the contents of all records that `data` completes (Sealing.STREAM).

        Raises:
            ProtocolError: a record does not open; what came before it was appended.
        """
        raise AssertionError(f"{self.name} does not open records")  # pragma: no cover

    def retire_key(self) -> None:
        """Replace the sending key before anything more is sealed (Sealing.STREAM); due each `key_lifetime`."""
        raise AssertionError(f"{self.name} does not replace keys")  # pragma: no cover


def _no_header(_size: int) -> bytes:
    return b""


class Security(Protocol):
    """What a user hands to a socket as `security=`: a recipe for mechanisms, shared by its connections."""

    @property
    def mechanism(self) -> str:
        """The mechanism's name in the greeting."""
        ...

    @property
    def as_server(self) -> bool:
        """Whether this end plays the server's part."""
        ...

    @property
    def authenticator(self) -> Authenticator | None:
        """Who decides on peers; None lets everyone who completes the handshake in."""
        ...

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> Mechanism:
        """Return a fresh mechanism that will send `metadata` (Socket-Type, Identity, ...) to the peer."""
        ...
