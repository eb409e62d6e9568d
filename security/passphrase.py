"""Secrets under a passphrase: Argon2id makes the key, XChaCha20-Poly1305 seals (`docs/wire/key-files.md`).

::

    argon2id$operations$KiB$salt$sealed        salt: 16 octets, sealed: nonce(24) ciphertext tag(16), in hex
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from covey.errors import OptionError
from covey.values import frozen

__all__ = ["DEFAULT_COST", "Cost", "PassphraseSource", "WrongPassphrase", "is_locked", "lock", "unlock"]

PassphraseSource = Callable[[str], bytes]
"""Asks for the passphrase of what it is told; called only when one is needed."""

_SCHEME = "argon2id"
_SALT_SIZE = 16
_NONCE_SIZE = 24
_KEY_SIZE = 32
_MOST_OPERATIONS = 16
_MOST_KIB = 1 << 20
"""A file that asks for more than 1 GiB would only hurt its reader."""


class WrongPassphrase(OptionError):
    """The passphrase does not open the secret, or the file was changed."""

    def __init__(self) -> None:
        super().__init__("passphrase", "wrong, or the file was changed")


@frozen
class Cost:
    """What trying one passphrase costs."""

    operations: int = 3
    kib: int = 65_536


DEFAULT_COST: Final = Cost()
"""RFC 9106's choice for machines with little memory: three passes over 64 MiB, about 0.2 s."""


def is_locked(text: str) -> bool:
    """Whether a text has the form of a secret under a passphrase."""
    return text.startswith(f"{_SCHEME}$")


def lock(content: bytes, passphrase: bytes, context: bytes, cost: Cost = DEFAULT_COST) -> str:
    """Return `content` sealed under a passphrase, bound to `context`, which must be given again to open it.

    Raises:
        OptionError: an empty passphrase.
    """
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

    if not passphrase:
        raise OptionError("passphrase", "is empty")
    salt, nonce = os.urandom(_SALT_SIZE), os.urandom(_NONCE_SIZE)
    key = _key(passphrase, salt, cost)
    sealed = nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(content, context, nonce, key)
    return "$".join((_SCHEME, str(cost.operations), str(cost.kib), salt.hex(), sealed.hex()))


def unlock(text: str, passphrase: bytes, context: bytes) -> bytes:
    """Return what was locked.

    Raises:
        WrongPassphrase: it does not open.
        OptionError: the text is none of `lock`, or asks for more memory than is sensible.
    """
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
    from nacl.exceptions import CryptoError

    cost, salt, sealed = _parse(text)
    key = _key(passphrase, salt, cost)
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed[_NONCE_SIZE:], context, sealed[:_NONCE_SIZE], key
        )
    except CryptoError:
        raise WrongPassphrase from None


def _parse(text: str) -> tuple[Cost, bytes, bytes]:
    try:
        scheme, operations, kib, salt, sealed = text.split("$")
        cost = Cost(int(operations), int(kib))
        octets = bytes.fromhex(salt), bytes.fromhex(sealed)
    except ValueError:
        raise OptionError("secret", "is damaged: it is not what a passphrase locked") from None
    if scheme != _SCHEME or not (1 <= cost.operations <= _MOST_OPERATIONS and 8 <= cost.kib <= _MOST_KIB):
        raise OptionError("secret", "is locked in a way that this version does not know")
    if len(octets[0]) != _SALT_SIZE or len(octets[1]) < _NONCE_SIZE:
        raise OptionError("secret", "is damaged: it is cut")
    return cost, *octets


def _key(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    from nacl.pwhash import argon2id

    return argon2id.kdf(_KEY_SIZE, passphrase, salt, opslimit=cost.operations, memlimit=cost.kib << 10)
