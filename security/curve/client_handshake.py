"""The client's part of the CURVE handshake (RFC 26, section "Security Handshake")."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from covey.errors import HandshakeFailed

from ..commands import HELLO, INITIATE, READY, WELCOME, make_command
from ..metadata import decode_metadata, encode_metadata
from .box import new_keypair, open_box, seal_box, shared_key
from .constants import (
    HELLO_NONCE,
    HELLO_PADDING,
    HELLO_PROOF,
    INITIATE_NONCE,
    KEY_SIZE,
    LONG_NONCE_SIZE,
    READY_MINIMUM,
    READY_NONCE,
    SHORT_NONCE_SIZE,
    VERSION,
    VOUCH_NONCE,
    WELCOME_NONCE,
    WELCOME_SIZE,
)
from .keys import CurveKeys
from .mechanism import CurveMechanism
from .nonces import RandomBytes, long_nonce, system_random

__all__ = ["CurveClientMechanism", "ServerCheck"]

ServerCheck = Callable[[Mapping[str, bytes]], None]
"""Looks at the server's metadata before the connection counts as ready; raises HandshakeFailed."""


class CurveClientMechanism(CurveMechanism):
    """Proves its own key to a server whose key it knows.

    Args:
        keys: the client's long-term keys.
        server_key: the server's long-term public key, 32 bytes.
        metadata: what to say of itself, sealed.
        check_server: has a say on the server's metadata.
        random: source of the connection's keys and nonces.
    """

    __slots__ = ("_check_server", "_keys", "_metadata", "_public", "_secret", "_server_key")

    def __init__(
        self,
        keys: CurveKeys,
        server_key: bytes,
        metadata: Mapping[str, bytes],
        *,
        check_server: ServerCheck | None = None,
        random: RandomBytes = system_random,
    ) -> None:
        super().__init__(random)
        self._keys = keys
        self._server_key = server_key
        self._metadata = encode_metadata(metadata)
        self._check_server = check_server
        self._public, self._secret = new_keypair(random)
        self._send(self._hello())
        self._expect(WELCOME, self._receive_welcome)

    def _hello(self) -> bytes:
        nonce = self._sent.take()
        box = seal_box(HELLO_PROOF, HELLO_NONCE + nonce, shared_key(self._server_key, self._secret))
        return make_command(HELLO, VERSION + HELLO_PADDING + self._public + nonce + box)

    def _receive_welcome(self, data: bytes) -> None:
        if len(data) != WELCOME_SIZE:
            raise HandshakeFailed(f"CURVE: WELCOME has {len(data)} bytes of data, not {WELCOME_SIZE}")
        nonce, box = data[:LONG_NONCE_SIZE], data[LONG_NONCE_SIZE:]
        content = open_box(box, WELCOME_NONCE + nonce, shared_key(self._server_key, self._secret))
        server_connection_key, cookie = content[:KEY_SIZE], content[KEY_SIZE:]
        key = shared_key(server_connection_key, self._secret)
        self._send(self._initiate(cookie, server_connection_key, key))
        self._expect(READY, lambda ready: self._receive_ready(ready, key))

    def _initiate(self, cookie: bytes, server_connection_key: bytes, key: bytes) -> bytes:
        vouch_nonce = long_nonce(self._random)
        # RFC 26 seals the vouch from the client's long-term key to the server's *connection* key.
        vouch = seal_box(
            self._public + self._server_key,
            VOUCH_NONCE + vouch_nonce,
            shared_key(server_connection_key, self._keys.secret_bytes),
        )
        nonce = self._sent.take()
        content = self._keys.public_bytes + vouch_nonce + vouch + self._metadata
        return make_command(INITIATE, cookie + nonce + seal_box(content, INITIATE_NONCE + nonce, key))

    def _receive_ready(self, data: bytes, key: bytes) -> None:
        if len(data) < READY_MINIMUM:
            raise HandshakeFailed(
                f"CURVE: READY has {len(data)} bytes of data, at least {READY_MINIMUM} needed"
            )
        nonce, box = data[:SHORT_NONCE_SIZE], data[SHORT_NONCE_SIZE:]
        value = self._seen.check(nonce)
        properties = decode_metadata(open_box(box, READY_NONCE + nonce, key))
        self._seen.accept(value)
        if self._check_server is not None:
            self._check_server(properties)
        self._learn(properties)
        self._begin_session(key, as_server=False)

    def _accepted(self) -> None:
        raise AssertionError("a CURVE client asks nobody")  # pragma: no cover
