"""The server's part of the CURVE handshake (RFC 26, section "Security Handshake").

Between WELCOME and INITIATE nothing of the client is kept but the key of its cookie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from covey.errors import HandshakeFailed

from ..commands import HELLO, INITIATE, READY, WELCOME, make_command
from ..metadata import decode_metadata, encode_metadata
from .box import new_keypair, open_box, seal_box, shared_key
from .constants import (
    COOKIE_SIZE,
    HELLO_NONCE,
    HELLO_PADDING,
    HELLO_PROOF,
    HELLO_SIZE,
    INITIATE_MINIMUM,
    INITIATE_NONCE,
    KEY_SIZE,
    LONG_NONCE_SIZE,
    READY_NONCE,
    SHORT_NONCE_SIZE,
    VERSION,
    VOUCH_NONCE,
    VOUCH_SIZE,
    WELCOME_NONCE,
)
from .cookies import CookieJar
from .keys import CurveKeys
from .mechanism import CurveMechanism
from .nonces import RandomBytes, long_nonce, system_random

__all__ = ["CurveServerMechanism", "ServerProperties"]

ServerProperties = Callable[[bytes], Mapping[str, bytes]]
"""Returns what the server says in addition to one client, told its public key (32 bytes)."""

_KEY_AT = len(VERSION) + len(HELLO_PADDING)
_NONCE_AT = _KEY_AT + KEY_SIZE
_BOX_AT = _NONCE_AT + SHORT_NONCE_SIZE
_VOUCH_AT = KEY_SIZE + LONG_NONCE_SIZE
_METADATA_AT = _VOUCH_AT + VOUCH_SIZE


class CurveServerMechanism(CurveMechanism):
    """Proves its key to clients that know it, and has them prove theirs.

    Args:
        keys: the server's long-term keys.
        metadata: what to say of itself, sealed.
        asks: whether somebody decides on the client's key.
        properties: further metadata for the client at hand.
        random: source of the connection's keys and nonces.
    """

    __slots__ = ("_asks", "_client_key", "_jar", "_key", "_keys", "_metadata", "_properties")

    def __init__(
        self,
        keys: CurveKeys,
        metadata: Mapping[str, bytes],
        *,
        asks: bool,
        properties: ServerProperties | None = None,
        random: RandomBytes = system_random,
    ) -> None:
        super().__init__(random)
        self._keys = keys
        self._metadata = dict(metadata)
        self._asks = asks
        self._properties = properties
        self._jar = CookieJar(random)
        self._client_key = self._key = b""
        self._expect(HELLO, self._receive_hello)

    def _receive_hello(self, data: bytes) -> None:
        if len(data) != HELLO_SIZE or not data.startswith(VERSION):
            raise HandshakeFailed(f"CURVE: a malformed HELLO of {len(data)} bytes")
        client_key, nonce, box = data[_KEY_AT:_NONCE_AT], data[_NONCE_AT:_BOX_AT], data[_BOX_AT:]
        value = self._seen.check(nonce)
        key = shared_key(client_key, self._keys.secret_bytes)
        if open_box(box, HELLO_NONCE + nonce, key) != HELLO_PROOF:
            raise HandshakeFailed("CURVE: HELLO holds no proof")
        self._seen.accept(value)
        self._send(self._welcome(client_key, key))
        self._expect(INITIATE, self._receive_initiate)

    def _welcome(self, client_key: bytes, key: bytes) -> bytes:
        public, secret = new_keypair(self._random)
        nonce = long_nonce(self._random)
        box = seal_box(public + self._jar.bake(client_key, secret), WELCOME_NONCE + nonce, key)
        return make_command(WELCOME, nonce + box)

    def _receive_initiate(self, data: bytes) -> None:
        if len(data) < INITIATE_MINIMUM:
            raise HandshakeFailed(
                f"CURVE: INITIATE has {len(data)} bytes of data, at least {INITIATE_MINIMUM} needed"
            )
        client_connection_key, secret = self._jar.open(data[:COOKIE_SIZE])
        nonce, box = (
            data[COOKIE_SIZE : COOKIE_SIZE + SHORT_NONCE_SIZE],
            data[COOKIE_SIZE + SHORT_NONCE_SIZE :],
        )
        value = self._seen.check(nonce)
        key = shared_key(client_connection_key, secret)
        content = open_box(box, INITIATE_NONCE + nonce, key)
        client_key = content[:KEY_SIZE]
        self._check_vouch(content, client_connection_key, secret)
        properties = decode_metadata(content[_METADATA_AT:])
        self._seen.accept(value)
        self._learn(properties)
        self._client_key, self._key = client_key, key
        if self._asks:
            self._ask((client_key,))
        else:
            self._accepted()

    def _check_vouch(self, content: bytes, client_connection_key: bytes, secret: bytes) -> None:
        nonce, vouch = content[KEY_SIZE:_VOUCH_AT], content[_VOUCH_AT:_METADATA_AT]
        said = open_box(vouch, VOUCH_NONCE + nonce, shared_key(content[:KEY_SIZE], secret))
        if said != client_connection_key + self._keys.public_bytes:
            raise HandshakeFailed("CURVE: a vouch for another connection or server")

    def _accepted(self) -> None:
        properties = self._metadata
        if self._properties is not None:
            properties = {**properties, **self._properties(self._client_key)}
        nonce = self._sent.take()
        self._send(
            make_command(READY, nonce + seal_box(encode_metadata(properties), READY_NONCE + nonce, self._key))
        )
        self._begin_session(self._key, as_server=True)
