"""PLAIN: user name and password in clear (RFC 24); for trusted wires only.

::

    client -> server   HELLO     user_length(1) user password_length(1) password
    server -> client   WELCOME
    client -> server   INITIATE  metadata
    server -> client   READY     metadata
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from covey.errors import HandshakeFailed, OptionError

from .commands import HELLO, INITIATE, READY, WELCOME, make_command
from .handshake import CommandHandshake
from .mechanism import Authenticator
from .metadata import decode_metadata, encode_metadata

__all__ = ["PlainClient", "PlainClientMechanism", "PlainServer", "PlainServerMechanism"]

_LONGEST = 255
_ERROR_HEAD = b"\x05ERROR"
_LIBZMQ_ERROR_HEAD = b"^RROR"
"""What libzmq's PLAIN server sends, and its client knows, instead.

In its C++, the escape in `"\\x05ERROR"` swallows the E.
"""


class PlainClient:
    """Connections that show a user name and a password to the server, readable to anyone between.

    Raises:
        OptionError: user or password is longer than 255 bytes of UTF-8.
    """

    __slots__ = ("_hello", "user")

    mechanism: ClassVar[str] = "PLAIN"
    as_server: ClassVar[bool] = False
    authenticator: ClassVar[None] = None

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self._hello = make_command(HELLO, _field("user", user) + _field("password", password))

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> PlainClientMechanism:
        """Return a fresh mechanism that will send `metadata`."""
        return PlainClientMechanism(self._hello, metadata)

    def __repr__(self) -> str:
        return f"PlainClient({self.user!r}, ...)"


class PlainServer:
    """Connections whose user name and password `authenticator` judges, or else the loop's ZAP handler (RFC 27).

    Where there is neither, nobody comes in.
    """

    __slots__ = ("authenticator",)

    mechanism: ClassVar[str] = "PLAIN"
    as_server: ClassVar[bool] = True

    def __init__(self, authenticator: Authenticator | None = None) -> None:
        self.authenticator = authenticator

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> PlainServerMechanism:
        """Return a fresh mechanism that will send `metadata`."""
        return PlainServerMechanism(metadata)

    def __repr__(self) -> str:
        return f"PlainServer({self.authenticator!r})"


class PlainClientMechanism(CommandHandshake):
    """The client's part of RFC 24."""

    __slots__ = ("_initiate",)

    name: ClassVar[str] = "PLAIN"

    def __init__(self, hello: bytes, metadata: Mapping[str, bytes]) -> None:
        super().__init__()
        self._initiate = make_command(INITIATE, encode_metadata(metadata))
        self._send(hello)
        self._expect(WELCOME, self._receive_welcome)

    def receive_command(self, body: bytes) -> None:
        """Take a handshake command body.

        Raises:
            HandshakeFailed: the body is malformed or out of order.
            PeerRefused: the server sent ERROR, in the RFC's or in libzmq's spelling.
        """
        if body.startswith(_LIBZMQ_ERROR_HEAD):
            body = _ERROR_HEAD + body[len(_LIBZMQ_ERROR_HEAD) :]
        super().receive_command(body)

    def _receive_welcome(self, data: bytes) -> None:
        if data:
            raise HandshakeFailed(f"PLAIN: WELCOME with {len(data)} bytes of data")
        self._send(self._initiate)
        self._expect(READY, self._receive_ready)

    def _receive_ready(self, data: bytes) -> None:
        self._learn(decode_metadata(data))
        self._become_ready()

    def _accepted(self) -> None:
        raise AssertionError("a PLAIN client asks nobody")  # pragma: no cover


class PlainServerMechanism(CommandHandshake):
    """The server's part of RFC 24; asks for a verdict after HELLO."""

    __slots__ = ("_ready",)

    name: ClassVar[str] = "PLAIN"

    def __init__(self, metadata: Mapping[str, bytes]) -> None:
        super().__init__()
        self._ready = make_command(READY, encode_metadata(metadata))
        self._expect(HELLO, self._receive_hello)

    def next_command(self) -> bytes | None:
        """Return the next handshake command body to send, a refusal in the only spelling that libzmq knows."""
        body = super().next_command()
        if body is not None and body.startswith(_ERROR_HEAD):
            return _LIBZMQ_ERROR_HEAD + body[len(_ERROR_HEAD) :]
        return body

    def _receive_hello(self, data: bytes) -> None:
        user, rest = _split_field(data)
        password, rest = _split_field(rest)
        if rest:
            raise HandshakeFailed(f"PLAIN: {len(rest)} bytes behind the password in HELLO")
        self._ask((user, password))

    def _accepted(self) -> None:
        self._send(make_command(WELCOME))
        self._expect(INITIATE, self._receive_initiate)

    def _receive_initiate(self, data: bytes) -> None:
        self._learn(decode_metadata(data))
        self._send(self._ready)
        self._become_ready()


def _field(name: str, text: str) -> bytes:
    raw = text.encode("utf-8")
    if len(raw) > _LONGEST:
        raise OptionError(name, f"at most {_LONGEST} bytes, not {len(raw)}")
    return bytes((len(raw),)) + raw


def _split_field(data: bytes) -> tuple[bytes, bytes]:
    if not data or len(data) < 1 + data[0]:
        raise HandshakeFailed("PLAIN: HELLO cut short")
    stop = 1 + data[0]
    return data[1:stop], data[stop:]
