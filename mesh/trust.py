"""Who is let in to a secret mesh, and as whom."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

# Every connection of a secret mesh needs them: loaded with the node, not while it meets its peers.
from covey.security import beacon_seal  # noqa: F401
from covey.security.curve import client_handshake, server_handshake  # noqa: F401
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest
from covey.security.mesh_trust import MeshTrust
from covey.security.secret import Secret

from .zre.constants import IDENTITY_LENGTH, IDENTITY_PREFIX

__all__ = ["MemberTrust"]

_IDENTITY = "Identity"
"""Metadata property: the routing id that the connecting socket wants to be known by."""


class MemberTrust(MeshTrust):
    """Lets members in, each only under the uuid that belongs to its key.

    Attributes:
        may_claim: whether the holder of a key may speak as a uuid.
    """

    __slots__ = ("may_claim",)

    def __init__(self, secret: Secret, mesh: str) -> None:
        super().__init__(secret, mesh)
        self.may_claim: Callable[[UUID, bytes], bool] = lambda _uuid, _key: True

    def __call__(self, request: AuthenticationRequest, /) -> AuthenticationReply:
        """Decide on a connection whose key is proven."""
        reply = super().__call__(request)
        identity = request.metadata.get(_IDENTITY, b"")
        if reply.status != 200 or not _is_node(identity):
            return reply
        if self.may_claim(UUID(bytes=identity[1:]), request.credentials[0]):
            return reply
        return AuthenticationReply(400, "this identity belongs to another member")


def _is_node(identity: bytes) -> bool:
    return len(identity) == IDENTITY_LENGTH and identity.startswith(IDENTITY_PREFIX)
