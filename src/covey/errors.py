"""Every exception that covey raises on purpose, as one tree.

::

    CoveyError
    ├── UsageError                  the caller's mistake; retrying cannot help
    │   ├── EndpointError           an address that cannot be read or is not for this socket
    │   ├── OptionError             an option misspelt or out of range
    │   ├── StateError              a call that the socket's state forbids (REQ: send, recv, send ...)
    │   ├── NotSupportedByType      e.g. recv on a PUSH socket
    │   ├── MultipartMessage        recv() met a message of several frames
    │   ├── MessageTooLarge         more than fits into a datagram
    │   ├── KeyFileError            a secret or certificate file that is missing, unsafe or malformed
    │   ├── PermissionDenied        what this node's own certificate does not permit
    │   └── InterfaceError          an interface that does not exist or cannot be used
    ├── ResourceError               the machine says no: port in use, no permission
    ├── WouldBlock                  a *_nowait call that would have to wait
    ├── SocketClosed                the socket was closed before or during the call
    ├── NoRoute                     nobody with that routing id, or no such peer
    │   └── NoService               nobody offers that service
    └── RemoteError                 the peer's misbehaviour or refusal
        ├── ProtocolError           the peer broke the protocol
        │   ├── HandshakeFailed     ... before the connection was usable
        │   └── PgmError            a PGM packet that cannot be read
        ├── AuthenticationFailed    the peer could not prove who it is
        ├── PeerRefused             the peer refused us, in its own words
        └── CallFailed              a call that a service did not answer
            ├── ServiceError        ... because its handler failed; handlers may raise it
            ├── CallRefused         ... because its provider did not let it in
            ├── CallTimeout         ... in time; a TimeoutError too
            └── ProviderGone        ... because its provider is there no more

Each carries the facts as attributes and builds its message from them.
"""

from __future__ import annotations

__all__ = [
    "AuthenticationFailed",
    "CallFailed",
    "CallRefused",
    "CallTimeout",
    "CoveyError",
    "EndpointError",
    "HandshakeFailed",
    "InterfaceError",
    "KeyFileError",
    "MessageTooLarge",
    "MultipartMessage",
    "NoRoute",
    "NoService",
    "NotSupportedByType",
    "OptionError",
    "PeerRefused",
    "PermissionDenied",
    "PgmError",
    "ProtocolError",
    "ProviderGone",
    "RemoteError",
    "ResourceError",
    "ServiceError",
    "SocketClosed",
    "StateError",
    "UsageError",
    "WouldBlock",
]


class CoveyError(Exception):
    """Base of every error of covey."""


class UsageError(CoveyError):
    """The caller's mistake; retrying the same call cannot help."""


class EndpointError(UsageError):
    """An endpoint that cannot be read, or that this socket cannot use."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"{endpoint!r}: {reason}")
        self.endpoint = endpoint
        self.reason = reason


class OptionError(UsageError):
    """An option that does not exist, or a value that it cannot take."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"option {name!r}: {reason}")
        self.name = name
        self.reason = reason


class StateError(UsageError):
    """A call that the present state forbids (libzmq's EFSM)."""


class NotSupportedByType(UsageError):
    """A call that this socket type does not have (libzmq's ENOTSUP)."""

    def __init__(self, socket_type: str, operation: str) -> None:
        super().__init__(f"a {socket_type} socket cannot {operation}")
        self.socket_type = socket_type
        self.operation = operation


class MultipartMessage(UsageError):
    """`recv` met a message of several frames; it stays queued for `recv_multipart`."""

    def __init__(self, frames: int) -> None:
        super().__init__(f"the next message has {frames} frames; read it with recv_multipart()")
        self.frames = frames


class MessageTooLarge(UsageError):
    """A message that does not fit into one datagram of the transports in use."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} octets, group and message together, where one datagram takes {limit}")
        self.size = size
        self.limit = limit


class KeyFileError(UsageError):
    """A secret or certificate file that is missing, unsafe or malformed."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class PermissionDenied(UsageError):
    """What this node's own certificate does not permit; only its authority can change that."""

    def __init__(self, action: str, subject: str, permitted: str) -> None:
        super().__init__(f"this node's certificate permits to {action} {permitted}, not {subject!r}")
        self.action = action
        self.subject = subject
        self.permitted = permitted


class InterfaceError(UsageError):
    """A network interface that does not exist or cannot be used; `name` is empty when none is usable."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"interface {name!r}: {reason}" if name else reason)
        self.name = name
        self.reason = reason


class ResourceError(CoveyError):
    """The machine refuses: address in use, no permission, no such device. The OSError is the cause."""

    def __init__(self, what: str, reason: str, errno: int | None = None) -> None:
        super().__init__(f"{what}: {reason}")
        self.what = what
        self.reason = reason
        self.errno = errno


class WouldBlock(CoveyError):
    """A `*_nowait` call would have to wait."""


class SocketClosed(CoveyError):
    """The socket was closed before or during the call."""


class NoRoute(CoveyError):
    """No connected peer answers to that id (libzmq's EHOSTUNREACH)."""

    def __init__(self, peer: object) -> None:
        super().__init__(f"no route to {peer!r}")
        self.peer = peer


class NoService(NoRoute):
    """Nobody offers a service of this name, or the peer that was asked for does not."""

    def __init__(self, service: str, peer: str = "") -> None:
        CoveyError.__init__(self, f"{peer or 'nobody'} offers {'no' if peer else 'a'} service {service!r}")
        self.peer = peer
        self.service = service


class RemoteError(CoveyError):
    """The peer misbehaved or refused."""


class ProtocolError(RemoteError):
    """The peer broke the protocol; its connection is closed, everyone else is served."""


class HandshakeFailed(ProtocolError):
    """The handshake broke off before the connection was usable."""


class PgmError(ProtocolError):
    """A PGM packet that cannot be read; it is dropped, every sender is served on."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(f"PGM packet: {reason} (at octet {offset})")
        self.reason = reason
        self.offset = offset


class AuthenticationFailed(RemoteError):
    """The peer could not prove that it may talk to us."""


class PeerRefused(RemoteError):
    """The peer sent an ERROR command: `reason` is its own words (often 400 or 500)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the peer refused the connection: {reason or 'no reason given'}")
        self.reason = reason


class CallFailed(RemoteError):
    """A call of a service that brought no answer. `service`, `peer` (its name) and `reason` say which and why."""

    def __init__(self, reason: str, service: str = "", peer: str = "") -> None:
        where = f"service {service!r}{f' of {peer}' if peer else ''}: " if service else ""
        super().__init__(f"{where}{reason}")
        self.reason = reason
        self.service = service
        self.peer = peer


class ServiceError(CallFailed):
    """The handler of a service failed. A handler that raises it tells the caller its `reason`."""


class CallRefused(CallFailed):
    """The provider did not let the call in: its caller may not call, or too many wait already."""


class CallTimeout(CallFailed, TimeoutError):
    """The answer did not come in time; the provider is told that nobody waits any more."""


class ProviderGone(CallFailed):
    """The provider left, or was lost, before it answered."""
