"""What modes of trust have in common in which members have lasting keys: connections, node ids and seals."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from covey.security.choice import ClientChoice, ServerChoice
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest, Security
from covey.security.trust.key_noise import KeyNoiseClient, KeyNoiseServer
from covey.security.trust.key_sockets import CERTIFICATE_PROPERTY, KeyClient, KeyServer
from covey.security.trust.node_ids import belongs_to, make_id
from covey.security.trust.signed_seal import SealingKeys, SignedSealer, short_id
from covey.security.trust.signing import Signer
from covey.security.z85 import encode_z85

from .trust import claimed_id

if TYPE_CHECKING:
    from covey.security.trust.authority import Authority
    from covey.security.trust.pinned import Pinned

    from .bulletins import Bulletin

__all__ = ["KeyTrust"]

_LARGEST_ANNOUNCED = 700
"""Octets of a certificate; a member with a larger one is met by connecting."""


class KeyTrust(ABC):
    """What both have in common: connections, node ids and seals.

    Attributes:
        sealing_keys: of announcements.
        added: set by the node: told that more keys are trusted.
        may_claim: set by the node: whether the holder of a key may speak as a uuid.
    """

    def __init__(self, choice: Pinned | Authority, mesh: str, secret_keys: SealingKeys) -> None:
        self.keys = choice.keys
        self.sealing_keys = secret_keys
        self.added: Callable[[], None] = lambda: None
        self.bulletin: Bulletin | None = None
        self.has_lasting_keys = True
        self.restricts = False
        self.generation = 0
        self.may_claim: Callable[[UUID, bytes], bool] = lambda _uuid, _key: True
        self._mesh = mesh
        self._sealer = SignedSealer(
            secret_keys, Signer.of_member(self.keys), short_id(self.keys.public_bytes)
        )

    def new_id(self) -> UUID:
        """Return a uuid that belongs to our key."""
        return make_id(self.keys.public_bytes, os.urandom(9), announces=self.announces)

    @property
    def announces(self) -> bool:
        """Whether nodes of ours announce themselves: their certificate has room in an announcement."""
        return len(self.shown_certificate()) <= _LARGEST_ANNOUNCED

    def shown_certificate(self) -> bytes:
        """Return ours as it is shown to others; empty where there are none."""
        return self.shown().get(CERTIFICATE_PROPERTY, b"")

    def is_member(self, public_key: bytes) -> bool:
        """Whether the holder of a key is known to be a member at this moment."""
        return self.admits(public_key)

    @abstractmethod
    def refusal_of(self, public_key: bytes, certificate: bytes | None) -> str:
        """Return why who announces itself is not listened to; None stands for a certificate yet to be shown."""

    def sighted(self, uuid: UUID, public_key: bytes) -> bool:
        """Return whether a node that was announced may be believed to be there."""
        return self.admits(public_key) and belongs_to(uuid, public_key)

    def server_security(self) -> Security:
        """Return the security of sockets that accept members: by NOISE, or by CURVE, which libzmq speaks."""
        psk = self.psk_of(self.keys.public_bytes)
        noise = KeyNoiseServer(self.keys, self, psk, self.shown)
        return ServerChoice(noise, KeyServer(self.keys, self, self.shown))

    def client_security(self, server_key: bytes) -> Security:
        """Return the security of a socket that connects to the member with this key."""
        noise = KeyNoiseClient(self.keys, server_key, self.psk_of(server_key), self.verdict, self.shown)
        return ClientChoice(noise, KeyClient(self.keys, server_key, self.verdict, self.shown))

    def __call__(self, request: AuthenticationRequest, /) -> AuthenticationReply:
        """Decide on a connection whose key is proven."""
        (key,) = request.credentials
        reason = self.verdict(key, request.metadata)
        uuid = claimed_id(request)
        if not reason and uuid is not None and not (belongs_to(uuid, key) and self.may_claim(uuid, key)):
            reason = "this identity belongs to another member"
        if reason:
            return AuthenticationReply(400, reason)
        return AuthenticationReply(200, "OK", user_id=encode_z85(key))

    @abstractmethod
    def psk_of(self, server_key: bytes) -> bytes:
        """Return what those know who may connect to the holder of a key, 32 octets."""

    @abstractmethod
    def admits(self, public_key: bytes) -> bool:
        """Whether the holder of a key may be a peer at this moment, as far as is known."""

    @abstractmethod
    def verdict(self, public_key: bytes, metadata: Mapping[str, bytes]) -> str:
        """Return why the proven holder of a key is refused; empty when it is let in."""

    @abstractmethod
    def shown(self) -> Mapping[str, bytes]:
        """Return what we show to others beside our key."""
