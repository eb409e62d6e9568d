"""Who is let in to a protected mesh, and as whom: the seam between modes of trust and the node.

A mode makes the security of every connection, the seals of every announcement, and says at any moment whether
the holder of a key belongs. Which mechanism protects connections is its secret: replacing CURVE is a matter of
`server_security` and `client_security`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias
from uuid import UUID

from covey.discovery.announce.identity import new_uuid
from covey.errors import OptionError
from covey.security.mesh_trust import MeshTrust
from covey.security.secret import Secret

from .sealing import SecretSealing

if TYPE_CHECKING:
    from covey.security.curve.keys import CurveKeys
    from covey.security.mechanism import AuthenticationReply, AuthenticationRequest, Security
    from covey.security.trust.authority import Authority
    from covey.security.trust.permissions import Permissions
    from covey.security.trust.pinned import Pinned

    from .bulletins import Bulletin
    from .sealing import Sealing

__all__ = ["Expel", "MemberTrust", "Trust", "TrustChoice", "claimed_id", "trust_of"]

_IDENTITY = "Identity"
"""Metadata property: the routing id that the connecting socket wants to be known by."""

Expel = Callable[[bytes, str], None]
"""Takes the public key of somebody who belongs no more, and why."""


class Trust(Protocol):
    """One mode of trust at work in one node."""

    keys: CurveKeys
    """Ours."""
    may_claim: Callable[[UUID, bytes], bool]
    """Set by the node: whether the holder of a key may speak as a uuid."""
    bulletin: Bulletin | None
    """What members tell each other of who belongs, where there is such a thing."""
    has_lasting_keys: bool
    """Whether members have keys that outlive their processes, and show certificates or are looked up by key."""
    restricts: bool
    """Whether there are permissions at all."""
    added: Callable[[], None]
    """Set by the node: told that more members are trusted."""
    generation: int
    """Another number whenever permissions may have changed."""

    @property
    def announces(self) -> bool:
        """Whether nodes of ours announce themselves."""
        ...

    def new_id(self) -> UUID:
        """Return a uuid for a node of ours."""
        ...

    def admits(self, public_key: bytes) -> bool:
        """Whether the holder of a key may be a peer at this moment, as far as is known."""
        ...

    def sighted(self, uuid: UUID, public_key: bytes) -> bool:
        """Take a node that a member's announcement told of; False when it is not to be believed."""
        ...

    def server_security(self) -> Security:
        """Return the security of sockets that accept members."""
        ...

    def client_security(self, server_key: bytes) -> Security:
        """Return the security of a socket that connects to the member with this key."""
        ...

    def sealing(self) -> Sealing:
        """Return what announcements are protected by."""
        ...

    def permissions_of(self, public_key: bytes | None) -> Permissions:
        """Return what the holder of a key may do; None is ourselves."""
        ...

    def name_of(self, public_key: bytes) -> str:
        """Return the proven name of the holder of a key; empty where there is none."""
        ...

    async def watch(self, expel: Expel) -> None:
        """Follow what changes and tell who is to go, until cancelled."""
        ...


TrustChoice: TypeAlias = "Secret | Pinned | Authority"
"""What an application gives a node."""


def trust_of(choice: TrustChoice | None, mesh: str) -> Trust | None:
    """Return the mode at work, None for an open mesh.

    Raises:
        OptionError: the choice is none, or for another mesh.
    """
    if choice is None:
        return None
    if isinstance(choice, Secret):
        return MemberTrust(choice, mesh)
    from covey.security.trust.pinned import Pinned

    if isinstance(choice, Pinned):
        from .pinned_trust import PinnedTrust

        return PinnedTrust(choice, mesh)
    from covey.security.trust.authority import Authority

    if isinstance(choice, Authority):
        from .authority_trust import AuthorityTrust

        return AuthorityTrust(choice, mesh)
    raise OptionError("trust", f"is a Secret, Pinned or Authority, not {type(choice).__name__}")


class MemberTrust(MeshTrust):
    """Lets in who knows the secret, each only under the uuid that belongs to its key.

    Attributes:
        may_claim: whether the holder of a key may speak as a uuid.
    """

    __slots__ = (
        "_mesh",
        "_secret",
        "added",
        "announces",
        "bulletin",
        "generation",
        "has_lasting_keys",
        "may_claim",
        "restricts",
    )

    def __init__(self, secret: Secret, mesh: str) -> None:
        super().__init__(secret, mesh)
        self._secret = secret
        self._mesh = mesh
        self.bulletin: Bulletin | None = None
        self.has_lasting_keys = False
        self.restricts = False
        self.announces = True
        self.added: Callable[[], None] = lambda: None
        self.generation = 0
        self.may_claim: Callable[[UUID, bytes], bool] = lambda _uuid, _key: True

    def __call__(self, request: AuthenticationRequest, /) -> AuthenticationReply:
        """Decide on a connection whose key is proven."""
        reply = super().__call__(request)
        uuid = claimed_id(request)
        if reply.status != 200 or uuid is None or self.may_claim(uuid, request.credentials[0]):
            return reply
        from covey.security.mechanism import AuthenticationReply

        return AuthenticationReply(400, "this identity belongs to another member")

    def new_id(self) -> UUID:
        """Return a random uuid."""
        return new_uuid(os.urandom)

    def admits(self, public_key: bytes) -> bool:
        """Return True: who proved the secret belongs."""
        return True

    def sighted(self, uuid: UUID, public_key: bytes) -> bool:
        """Let the node in without a proof: only members can seal."""
        self.admit(public_key)
        return True

    def sealing(self) -> Sealing:
        """Return seals made of the secret."""
        return SecretSealing(self._secret, self._mesh)

    def permissions_of(self, public_key: bytes | None) -> Permissions:
        """Return that everything is permitted: members are all alike."""
        from covey.security.trust.permissions import UNRESTRICTED

        return UNRESTRICTED

    def name_of(self, public_key: bytes) -> str:
        """Return nothing: members prove no names."""
        return ""

    async def watch(self, expel: Expel) -> None:
        """Return at once: a secret does not change."""


def claimed_id(request: AuthenticationRequest) -> UUID | None:
    """Return the uuid that a connecting node wants to speak as, None where it is no node's mailbox."""
    from .zre.constants import IDENTITY_LENGTH, IDENTITY_PREFIX

    identity = request.metadata.get(_IDENTITY, b"")
    if len(identity) != IDENTITY_LENGTH or not identity.startswith(IDENTITY_PREFIX):
        return None
    return UUID(bytes=identity[1:])
