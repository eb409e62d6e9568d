"""Announcements of members with lasting keys: little to all, everything to members (`docs/wire/announcement.md`).

::

    to all       "CVA" 03 | nonce (24) | ciphertext of: key id (8) signature (64) body                       | tag (16)
    to one       "CVA" 04 | nonce (24) | ciphertext of: sender's public key (32) box (16 + 256 k)            | tag (16)
                 box, between sender and receiver: lengths of body (2) and certificate (2), both, zeros

What goes to all is sealed and signed as beacons are. What goes to one is sealed in the same way, so that strangers
cannot tell who speaks, and holds a NaCl box (X25519, XSalsa20-Poly1305, the same nonce), so that nobody else reads it,
former members included, and so that it needs no signature.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from ..curve.keys import CurveKeys
from ..sodium import AeadKey
from .signed_seal import HINT_SIZE, MAGIC, SIGNED_OVERHEAD, SealingKeys, SignedSealer

__all__ = ["MemberAnnouncements", "Papers"]

_TO_ALL = b"CVA\x03"
_TO_ONE = b"CVA\x04"
_PLACE = b"announcement"
_NONCE_SIZE = 24
_TAG_SIZE = 16
_KEY_SIZE = 32
_LENGTHS = 4
_STEP = 256
_ROOM = 5 * _STEP - _LENGTHS
"""Octets for body and certificate: what is around them makes it a datagram that fits into an Ethernet frame."""
_CONTENT_AT = len(_TO_ONE) + _NONCE_SIZE
_OVERHEAD = _CONTENT_AT + _KEY_SIZE + 2 * _TAG_SIZE
_LONGEST_BRIEF = 512
_REMEMBERED = 4096
"""Pairs of ours with a member, of which the shared key is kept."""


class Papers(Protocol):
    """What a mode of trust knows of members."""

    def shown_certificate(self) -> bytes:
        """Return ours; empty where there is none."""
        ...

    def refusal_of(self, public_key: bytes, certificate: bytes | None) -> str:
        """Return why the holder of a key is not listened to, given the certificate that it shows.

        Empty when it is listened to; also, for None, when it may still show a certificate.
        """
        ...

    def is_member(self, public_key: bytes) -> bool:
        """Whether the holder of a key is known to be a member at this moment."""
        ...


class MemberAnnouncements:
    """Seals and opens the announcements of one member.

    Args:
        keys: ours.
        sealing: what announcements are sealed with.
        sealer: signs what goes to all.
        papers: of members.
        random: source of nonces.
    """

    def __init__(
        self,
        keys: CurveKeys,
        sealing: SealingKeys,
        sealer: SignedSealer,
        papers: Papers,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        from nacl import bindings
        from nacl.exceptions import CryptoError

        self._nacl = bindings
        self._error = CryptoError
        self._secret = keys.secret_bytes
        self._public = keys.public_bytes
        self._sealing = sealing
        self._sealer = sealer
        self._random = random
        self._shared: OrderedDict[bytes, bytes] = OrderedDict()
        self._papers = papers

    @property
    def room(self) -> int:
        """Octets that a body for one may have."""
        return _ROOM - len(self._papers.shown_certificate())

    def refusal_of(self, key: bytes, certificate: bytes | None) -> str:
        """Return why the holder of a key is not listened to; see `Papers`."""
        return self._papers.refusal_of(key, certificate)

    def is_member(self, key: bytes) -> bool:
        """Whether the holder of a key is known to be a member at this moment."""
        return self._papers.is_member(key)

    def seal(self, body: bytes) -> bytes:
        """Return the datagram that says a brief `body` to all."""
        return _TO_ALL + self._sealer.seal(body, _PLACE)[len(MAGIC) :]

    def seal_to(self, key: bytes, body: bytes) -> bytes | None:
        """Return the datagram that says `body` to the holder of a key; None when there can be no such holder."""
        certificate = self._papers.shown_certificate()
        if len(body) + len(certificate) > _ROOM:
            certificate = b""  # ours grew since the card was made; whoever knows the old one goes by that
        content = len(body).to_bytes(2, "big") + len(certificate).to_bytes(2, "big") + body + certificate
        content += bytes(-len(content) % _STEP)
        hint, outer = self._sealing.own()
        nonce = hint + self._random(_NONCE_SIZE - len(hint))
        try:
            box = self._nacl.crypto_box_afternm(content, nonce, self._shared_with(key))
        except self._error:
            return None
        return _TO_ONE + nonce + AeadKey(outer).seal(self._public + box, _TO_ONE, nonce)

    def open(self, datagram: bytes) -> bytes | None:
        """Return a body, or None when it is none of a member's, or not for us."""
        opened = self.open_from(datagram)
        return None if opened is None else opened[0]

    def open_from(self, datagram: bytes) -> tuple[bytes, bytes | None, bytes | None] | None:
        """Return body, sender and certificate, or None when it is none of a member's, or not for us.

        The sender's public key is proven; None when its signing key is not known (yet). The certificate, which may be
        empty, came along with what was for us alone; None for what was to all.
        """
        if datagram.startswith(_TO_ALL) and SIGNED_OVERHEAD <= len(datagram) <= _LONGEST_BRIEF:
            opened = self._sealer.open_from(MAGIC + datagram[len(_TO_ALL) :], _PLACE)
            return None if opened is None else (opened.body, opened.sender, None)
        if (
            datagram.startswith(_TO_ONE)
            and len(datagram) > _OVERHEAD
            and not (len(datagram) - _OVERHEAD) % _STEP
        ):
            return self._open_private(datagram)
        return None

    def _open_private(self, datagram: bytes) -> tuple[bytes, bytes, bytes] | None:
        nonce = datagram[len(_TO_ONE) : _CONTENT_AT]
        outer = self._sealing.opening(nonce[:HINT_SIZE])
        if outer is None:
            return None
        inner = AeadKey(outer).open(datagram[_CONTENT_AT:], _TO_ONE, nonce)
        if inner is None or inner[:_KEY_SIZE] == self._public:
            return None
        sender = inner[:_KEY_SIZE]
        try:
            content = self._nacl.crypto_box_open_afternm(inner[_KEY_SIZE:], nonce, self._shared_with(sender))
        except self._error:
            return None
        body_at = int.from_bytes(content[:2], "big") + _LENGTHS
        end = body_at + int.from_bytes(content[2:_LENGTHS], "big")
        return (content[_LENGTHS:body_at], sender, content[body_at:end]) if end <= len(content) else None

    def _shared_with(self, key: bytes) -> bytes:
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = self._nacl.crypto_box_beforenm(key, self._secret)
            if len(self._shared) > _REMEMBERED:
                self._shared.popitem(last=False)
        return shared
