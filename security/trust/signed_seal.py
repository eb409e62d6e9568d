"""Announcements that only members can read and only their sender can have made (`docs/wire/signed-beacon.md`).

::

     0         4            28                                              n-16   n
     +---------+------------+-----------------------------------------------+------+
     | CVS 01  | nonce      | ciphertext of: key id(8) signature(64) body   | tag  |
     +---------+------------+-----------------------------------------------+------+

XChaCha20-Poly1305; the first four octets and the place (where a record lies; empty for datagrams) are
authenticated too. The signature is Ed25519, over place length, place and body, and is looked at last: what
does not open costs one lookup and one decryption.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from covey.values import frozen

from ..sodium import AeadKey
from .revocations import key_id
from .signing import SIGNATURE_SIZE, Signer, is_signed

__all__ = ["HINT_SIZE", "SIGNED_OVERHEAD", "Opened", "SealingKeys", "SignedSealer", "short_id"]

MAGIC = b"CVS\x01"
HINT_SIZE = 8
_NONCE_SIZE = 24
_TAG_SIZE = 16
_CONTENT_AT = len(MAGIC) + _NONCE_SIZE
_ID_SIZE = 8
SIGNED_OVERHEAD = _CONTENT_AT + _ID_SIZE + SIGNATURE_SIZE + _TAG_SIZE
"""Octets around a body, 116."""
_LONGEST = 4096
_PURPOSE = "announcement 1"
_REMEMBERED = 1024


def short_id(curve_key: bytes) -> bytes:
    """Return what stands for a public key in an announcement, 8 octets."""
    return key_id(curve_key)[:_ID_SIZE]


@frozen
class Opened:
    """What an announcement says, and who is proven to have said it."""

    body: bytes
    sender: bytes | None
    """Public key of the member that signed; None when its signing key is not known (yet)."""


class SealingKeys(Protocol):
    """What members seal with and whose signatures they know."""

    def own(self) -> tuple[bytes, bytes]:
        """Return our hint (8 octets, or empty for none) and the key that we seal with."""
        ...

    def opening(self, hint: bytes) -> bytes | None:
        """Return the key for what begins with this hint, if there is one."""
        ...

    def signer(self, identity: bytes) -> tuple[bytes, bytes] | None:
        """Return CURVE key and signing key of the member with this `short_id`, if they are known."""
        ...


class SignedSealer:
    """Seals and opens announcements of one member.

    Args:
        keys: of the members.
        signer: ours.
        identity: `short_id` of our own CURVE key.
        random: source of nonces.
    """

    __slots__ = ("_identity", "_keys", "_random", "_signer", "_verified")

    def __init__(
        self,
        keys: SealingKeys,
        signer: Signer,
        identity: bytes,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._keys = keys
        self._signer = signer
        self._identity = identity
        self._random = random
        # A datagram that is played back must not cost a signature each time.
        self._verified: OrderedDict[bytes, bytes] = OrderedDict()

    def seal(self, body: bytes, place: bytes = b"") -> bytes:
        """Return the announcement that says `body`, different each time."""
        hint, key = self._keys.own()
        nonce = hint + self._random(_NONCE_SIZE - len(hint))
        content = self._identity + self._signer.sign(_PURPOSE, _statement(place, body)) + body
        return MAGIC + nonce + AeadKey(key).seal(content, MAGIC + place, nonce)

    def open(self, data: bytes, place: bytes = b"") -> bytes | None:
        """Return what an announcement says, or None when it is none of a member's."""
        opened = self.open_from(data, place)
        return opened.body if opened is not None else None

    def open_from(self, data: bytes, place: bytes = b"") -> Opened | None:
        """Return what an announcement says and who said it, or None when it is none of a member's."""
        if not data.startswith(MAGIC) or not SIGNED_OVERHEAD <= len(data) <= _LONGEST:
            return None
        nonce = data[len(MAGIC) : _CONTENT_AT]
        key = self._keys.opening(nonce[:HINT_SIZE])
        if key is None:
            return None
        content = AeadKey(key).open(data[_CONTENT_AT:], MAGIC + place, nonce)
        if content is None:
            return None
        identity, signature = content[:_ID_SIZE], content[_ID_SIZE : _ID_SIZE + SIGNATURE_SIZE]
        body = content[_ID_SIZE + SIGNATURE_SIZE :]
        known = self._keys.signer(identity)
        if known is None:
            return Opened(body, None)
        curve_key, signing_key = known
        if not self._is_right(data, signing_key, signature, _statement(place, body)):
            return None
        return Opened(body, curve_key)

    def _is_right(self, data: bytes, signing_key: bytes, signature: bytes, statement: bytes) -> bool:
        if self._verified.get(data) == signing_key:
            return True
        if not is_signed(signing_key, signature, _PURPOSE, statement):
            return False
        self._verified[data] = signing_key
        if len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return True


def _statement(place: bytes, body: bytes) -> bytes:
    return len(place).to_bytes(2, "big") + place + body
