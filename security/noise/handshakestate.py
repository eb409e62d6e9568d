"""HandshakeState: runs a pattern, message by message (Noise, section 5.3)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from covey.errors import HandshakeFailed

from .cipherstate import CipherState
from .constants import KEY_SIZE, MAX_MESSAGE, TAG_SIZE
from .patterns import Pattern, Token
from .suites import Suite
from .symmetricstate import SymmetricState

__all__ = ["HandshakeKeys", "HandshakeState", "StaticKey", "is_public_key"]

_Value = TypeVar("_Value")


class StaticKey:
    """An end's lasting key pair, loaded once for all its handshakes.

    Args:
        secret: 32 bytes.
    """

    __slots__ = ("private", "public")

    def __init__(self, secret: bytes) -> None:
        self.private = X25519PrivateKey.from_private_bytes(secret)
        self.public = _public(self.private)


@dataclass(slots=True, frozen=True, repr=False)
class HandshakeKeys:
    """What one end brings to a handshake."""

    static: StaticKey
    """Its own."""
    remote_static: bytes | None = None
    """The other end's static public key, 32 bytes, if the pattern presumes it."""
    psk: bytes = b""
    """The pre-shared key, 32 bytes, if the pattern has one."""


class HandshakeState:
    """One end of one handshake. After an error it is of no more use.

    Args:
        pattern: what is said.
        suite: the functions.
        keys: this end's.
        initiator: whether this end begins.
        prologue: what both ends must have in common; not sent.
        random: source of the fresh key.
    """

    __slots__ = (
        "_ephemeral",
        "_initiator",
        "_pattern",
        "_psk",
        "_random",
        "_remote_ephemeral",
        "_static",
        "_step",
        "_symmetric",
        "remote_static",
    )

    def __init__(
        self,
        pattern: Pattern,
        suite: Suite,
        keys: HandshakeKeys,
        *,
        initiator: bool,
        prologue: bytes,
        random: Callable[[int], bytes],
    ) -> None:
        self._pattern = pattern
        self._initiator = initiator
        self._random = random
        self._step = 0
        self._static = keys.static
        self._ephemeral: X25519PrivateKey | None = None
        self._remote_ephemeral: bytes | None = None
        self._psk = keys.psk
        self.remote_static = keys.remote_static
        self._symmetric = SymmetricState(suite, f"Noise_{pattern.name}_{suite.name}")
        self._symmetric.mix_hash(prologue)
        if pattern.knows_responder:
            responder = keys.remote_static if initiator else self._static.public
            self._symmetric.mix_hash(_present(responder))

    @property
    def is_over(self) -> bool:
        """Whether the last message has been written or read."""
        return self._step == len(self._pattern.messages)

    @property
    def handshake_hash(self) -> bytes:
        """The transcript's digest, 32 bytes; once the handshake is over, unique to it (section 11.2)."""
        return self._symmetric.handshake_hash

    def write_message(self, payload: bytes = b"") -> bytes:
        """Return the next message, with `payload` in it."""
        message = b"".join([self._write(token) for token in self._next_tokens()])
        message += self._symmetric.encrypt_and_hash(payload)
        if len(message) > MAX_MESSAGE:
            raise HandshakeFailed(f"NOISE: a message of {len(message)} bytes, more than {MAX_MESSAGE}")
        return message

    def read_message(self, message: bytes) -> bytes:
        """Return the payload of the other end's next message.

        Raises:
            ProtocolError: it does not open, is too short or too long, or holds an impossible key.
        """
        if len(message) > MAX_MESSAGE:
            raise HandshakeFailed(f"NOISE: a message of {len(message)} bytes, more than {MAX_MESSAGE}")
        rest = message
        for token in self._next_tokens():
            rest = self._read(token, rest)
        return self._symmetric.decrypt_and_hash(rest)

    def split(self) -> tuple[CipherState, CipherState]:
        """Return the ciphers of the traffic: from initiator to responder, and back."""
        if not self.is_over:
            raise HandshakeFailed("NOISE: the handshake is not over")
        return self._symmetric.split()

    def _next_tokens(self) -> tuple[Token, ...]:
        if self.is_over:
            raise HandshakeFailed("NOISE: the handshake is over")
        self._step += 1
        return self._pattern.messages[self._step - 1]

    def _write(self, token: Token) -> bytes:
        if token is Token.E:
            self._ephemeral = X25519PrivateKey.from_private_bytes(self._random(KEY_SIZE))
            public = _public(self._ephemeral)
            self._mix_ephemeral(public)
            return public
        if token is Token.S:
            return self._symmetric.encrypt_and_hash(self._static.public)
        self._mix(token)
        return b""

    def _read(self, token: Token, rest: bytes) -> bytes:
        if token is Token.E:
            self._remote_ephemeral, rest = _take(rest, KEY_SIZE)
            self._mix_ephemeral(self._remote_ephemeral)
        elif token is Token.S:
            sealed, rest = _take(rest, KEY_SIZE + TAG_SIZE if self._symmetric.has_key else KEY_SIZE)
            self.remote_static = self._symmetric.decrypt_and_hash(sealed)
        else:
            self._mix(token)
        return rest

    def _mix_ephemeral(self, public: bytes) -> None:
        self._symmetric.mix_hash(public)
        if self._pattern.has_psk:
            self._symmetric.mix_key(public)

    def _mix(self, token: Token) -> None:
        if token is Token.PSK:
            self._symmetric.mix_key_and_hash(self._psk)
            return
        initiators, responders = token.value
        own, others = (initiators, responders) if self._initiator else (responders, initiators)
        secret = _present(self._ephemeral) if own == "e" else self._static.private
        public = _present(self._remote_ephemeral if others == "e" else self.remote_static)
        self._symmetric.mix_key(_shared(secret, public))


def is_public_key(key: bytes) -> bool:
    """Whether a shared secret with the owner of `key` (32 bytes) would be one."""
    try:
        _shared(_probe(), key)
    except HandshakeFailed:
        return False
    return True


@functools.cache
def _probe() -> X25519PrivateKey:
    """Return a key that protects nothing: whether a point is of low order does not depend on it."""
    return X25519PrivateKey.generate()


def _shared(secret: X25519PrivateKey, public: bytes) -> bytes:
    try:
        return secret.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:  # a key of low order
        raise HandshakeFailed("NOISE: a public key that gives no secrecy") from error


def _public(secret: X25519PrivateKey) -> bytes:
    return secret.public_key().public_bytes_raw()


def _take(data: bytes, size: int) -> tuple[bytes, bytes]:
    if len(data) < size:
        raise HandshakeFailed(f"NOISE: a message cut short, {len(data)} of {size} bytes left")
    return data[:size], data[size:]


def _present(value: _Value | None) -> _Value:
    """Return a value that the pattern guarantees to be there by now."""
    if value is None:
        raise AssertionError("a Noise pattern that uses a key before it is known")
    return value
