"""NaCl's boxes (X25519, XSalsa20, Poly1305), with the library's errors mapped at this border.

The one module of this part, with `session`, that imports the library, so it is itself imported late.
"""

from __future__ import annotations

from nacl.bindings import (
    crypto_box_afternm,
    crypto_box_beforenm,
    crypto_box_open_afternm,
    crypto_scalarmult_base,
    crypto_secretbox,
    crypto_secretbox_open,
)
from nacl.exceptions import CryptoError

from covey.errors import HandshakeFailed

from .constants import KEY_SIZE, TAG_SIZE
from .nonces import RandomBytes

__all__ = ["new_keypair", "open_box", "open_secret_box", "seal_box", "seal_secret_box", "shared_key"]


def new_keypair(random: RandomBytes) -> tuple[bytes, bytes]:
    """Return a fresh (public, secret) key pair, 32 bytes each."""
    secret = random(KEY_SIZE)
    return crypto_scalarmult_base(secret), secret


def shared_key(public: bytes, secret: bytes) -> bytes:
    """Return the key that both ends of a box compute, 32 bytes.

    Raises:
        HandshakeFailed: a public key of low order, with which everyone would know the result.
    """
    try:
        return crypto_box_beforenm(public, secret)
    except CryptoError as error:
        raise HandshakeFailed("CURVE: a public key that gives no secrecy") from error


def seal_box(content: bytes, nonce: bytes, key: bytes) -> bytes:
    """Return `content` sealed under a shared key: tag (16) and ciphertext; the nonce has 24 bytes."""
    return crypto_box_afternm(content, nonce, key)


def open_box(box: bytes, nonce: bytes, key: bytes) -> bytes:
    """Return the content of `box`.

    Raises:
        HandshakeFailed: sealed by another key or altered.
    """
    try:
        if len(box) >= TAG_SIZE:
            return crypto_box_open_afternm(box, nonce, key)
    except CryptoError as error:
        raise HandshakeFailed("CURVE: a box that does not open") from error
    raise HandshakeFailed("CURVE: a box shorter than its tag")


def seal_secret_box(content: bytes, nonce: bytes, key: bytes) -> bytes:
    """Return `content` sealed under a key that only this end knows."""
    return crypto_secretbox(content, nonce, key)


def open_secret_box(box: bytes, nonce: bytes, key: bytes) -> bytes:
    """Return the content of a secret box.

    Raises:
        HandshakeFailed: sealed by another key or altered.
    """
    try:
        if len(box) >= TAG_SIZE:
            return crypto_secretbox_open(box, nonce, key)
    except CryptoError as error:
        raise HandshakeFailed("CURVE: a cookie that this connection did not bake") from error
    raise HandshakeFailed("CURVE: a cookie shorter than its tag")
