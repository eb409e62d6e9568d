"""Which TIPC services a node of a mesh binds.

A mesh has four service types in a row, of which a node binds one instance each::

    type      socket             what for
    base      SOCK_RDM           discovery: is published while the node lives, takes introductions
    base + 1  SOCK_STREAM, ZMTP  the mailbox (ROUTER)
    base + 2  SOCK_STREAM, ZMTP  topics (XPUB)
    base + 3                     reserved

`base` is made of the mesh's name, in a secret mesh of the secret too, so that strangers cannot guess it:
`0x40000000 | hash & 0x3FFFFFFC`, the hash being the first four octets, in network order, of SHA-256 over
`covey tipc` and the mesh's name in UTF-8, or of the key that the secret derives for `tipc` and the mesh.
The instance is made of the first four octets of the node's uuid, in network order.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Self
from uuid import UUID

from covey.transports.tipc.address import Scope, ServiceAddress, ServiceRange
from covey.values import frozen

if TYPE_CHECKING:
    from covey.security.secret import Secret

__all__ = ["MeshNames"]

_PURPOSE = b"covey tipc"
_TYPE_BASE = 0x40000000
"""Above what people choose by hand."""
_TYPE_MASK = 0x3FFFFFFC
_MAILBOX = 1
_TOPICS = 2


@frozen
class MeshNames:
    """The services of one mesh."""

    base: int
    """The discovery service's type; the others follow it."""
    scope: Scope = Scope.CLUSTER

    @classmethod
    def of(cls, mesh: str, secret: Secret | None = None, scope: Scope = Scope.CLUSTER) -> Self:
        """Return the names of a mesh."""
        open_digest = hashlib.sha256(_PURPOSE + mesh.encode()).digest()
        digest = open_digest if secret is None else secret.derive("tipc", mesh)
        return cls(_TYPE_BASE | int.from_bytes(digest[:4], "big") & _TYPE_MASK, scope)

    @staticmethod
    def instance(uuid: UUID) -> int:
        """Return the instance that a node binds of each service; two nodes may share one."""
        return int.from_bytes(uuid.bytes[:4], "big")

    def announced(self, uuid: UUID) -> ServiceRange:
        """Return what the discovery socket of a node binds."""
        instance = self.instance(uuid)
        return ServiceRange(self.base, instance, instance, self.scope)

    def mailbox(self, uuid: UUID, node: int = 0) -> str:
        """Return the endpoint of a node's ROUTER: to bind, or with the TIPC node to connect to."""
        return str(ServiceAddress(self.base + _MAILBOX, self.instance(uuid), node, self._scope_for(node)))

    def topics(self, uuid: UUID, node: int = 0) -> str:
        """Return the endpoint of a node's XPUB, likewise."""
        return str(ServiceAddress(self.base + _TOPICS, self.instance(uuid), node, self._scope_for(node)))

    def _scope_for(self, node: int) -> Scope:
        return Scope.CLUSTER if node else self.scope
