"""How a member of a secret mesh proves over CURVE that it is one: the two ends of a connection.

What the proof is and why it suffices stands with `MeshTrust`, which makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from covey.errors import HandshakeFailed

from .curve.client import CurveClient
from .curve.server import CurveServer
from .mesh_trust import PROOF_PROPERTY, MeshTrust

if TYPE_CHECKING:
    from .curve.client_handshake import CurveClientMechanism
    from .curve.server_handshake import CurveServerMechanism

__all__ = ["MeshClient", "MeshServer"]


class MeshServer(CurveServer):
    """Accepts members of a secret mesh and proves to them that it is one."""

    __slots__ = ("_trust",)

    def __init__(self, trust: MeshTrust) -> None:
        super().__init__(trust.keys, trust)
        self._trust = trust

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> CurveServerMechanism:
        """Return a fresh mechanism that will send `metadata` and the server's proof, sealed."""
        return self._new(self.keys, metadata, asks=True, properties=self._properties)

    def _properties(self, client_key: bytes) -> Mapping[str, bytes]:
        return {PROOF_PROPERTY: self._trust.proof_for(client_key, by_server=True)}


class MeshClient(CurveClient):
    """Connects to a member of a secret mesh, proves to be one and demands the same."""

    __slots__ = ("_trust",)

    def __init__(self, trust: MeshTrust, server_key: bytes) -> None:
        super().__init__(trust.keys, server_key)
        self._trust = trust

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> CurveClientMechanism:
        """Return a fresh mechanism that will send `metadata` and the client's proof, sealed."""
        proof = self._trust.proof_for(self.server_key, by_server=False)
        properties = {**metadata, PROOF_PROPERTY: proof}
        return self._new(self.keys, self.server_key, properties, check_server=self._check_server)

    def _check_server(self, metadata: Mapping[str, bytes]) -> None:
        trust = self._trust
        if trust.is_admitted(self.server_key) or trust.is_proven(self.server_key, metadata, by_server=True):
            return
        raise HandshakeFailed("the server did not prove that it knows the secret of this mesh")
