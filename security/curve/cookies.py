"""The cookie: what the server must remember between WELCOME and INITIATE, kept by the client (RFC 26)."""

from __future__ import annotations

from .box import open_secret_box, seal_secret_box
from .constants import COOKIE_NONCE, KEY_SIZE, LONG_NONCE_SIZE
from .nonces import RandomBytes, long_nonce

__all__ = ["CookieJar"]


class CookieJar:
    """Bakes and opens the cookie of one connection, under a key of its own."""

    __slots__ = ("_key", "_random")

    def __init__(self, random: RandomBytes) -> None:
        self._random = random
        self._key = random(KEY_SIZE)

    def bake(self, client_key: bytes, server_secret: bytes) -> bytes:
        """Return the cookie, 96 bytes, of the client's connection key and the server's connection secret."""
        nonce = long_nonce(self._random)
        return nonce + seal_secret_box(client_key + server_secret, COOKIE_NONCE + nonce, self._key)

    def open(self, cookie: bytes) -> tuple[bytes, bytes]:
        """Return (client's connection key, server's connection secret).

        Raises:
            HandshakeFailed: not baked here, or altered.
        """
        nonce, box = cookie[:LONG_NONCE_SIZE], cookie[LONG_NONCE_SIZE:]
        content = open_secret_box(box, COOKIE_NONCE + nonce, self._key)
        return content[:KEY_SIZE], content[KEY_SIZE:]
