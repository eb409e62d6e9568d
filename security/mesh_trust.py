"""Trust in a secret mesh: NOISE between its nodes, CURVE towards libzmq peers that are let in.

Each process has a fresh key pair, used in the client's and the server's part, and by both mechanisms. NOISE runs XXpsk3
with a key derived from (secret, mesh), so its handshake succeeds between members only, and a stranger who
connects does not even see the server's public key. What holds where CURVE is spoken:

- *Both ends know the secret, or no connection.* The client's sealed INITIATE and the server's sealed
  READY carry `X-Covey-Proof`: HMAC-SHA256 under a key derived from (secret, mesh) over
  `role ‖ client's public key ‖ server's public key`. CURVE has by then proved that each end holds the
  secret half of its public key, so the proof says: a member vouches for exactly this pair.
- *No beacon has to be heard first.* The acceptor needs only the proof, so two processes connect as
  soon as one of them knows the other.
- *A key from a sealed beacon is enough.* Only members can seal, so an admitted key is let in without
  a proof (which libzmq cannot give). A recorded beacon played back admits a key whose secret half died
  with its process: nobody can use it.
- *A proof is of no use to anybody else.* It names both keys and the part; shown to a third party it does
  not match, thrown back it has the wrong role. Nobody who has not been let in gets a server's proof.
- *Meshes are apart.* Another secret or another name gives another key.
- *A false server learns little.* A server key from an unsealed source may be anyone's. That server sees
  our public key and metadata (socket type, identity), cannot read anything else, and is dropped for
  want of a proof before a message is sent. Take keys from sealed sources to hide even that.

What does not: members are not protected from members; whoever has the secret can pose as any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from covey.errors import OptionError

from .curve.keys import CurveKeys
from .secret import Secret

if TYPE_CHECKING:
    from .choice import ClientChoice, ServerChoice
    from .mechanism import AuthenticationReply, AuthenticationRequest

__all__ = ["MAX_ADMITTED", "PROOF_PROPERTY", "MeshTrust"]

PROOF_PROPERTY = "X-Covey-Proof"
"""Metadata property with the proof, 32 bytes."""
MAX_ADMITTED = 16_384
"""Most public keys that are remembered; the one admitted longest ago gives way."""

_KEY_SIZE = 32
_DIGEST = "sha256"
_CLIENT = b"client"
_SERVER = b"server"


class MeshTrust:
    """Decides who is a member, and makes the `security=` of a member's sockets.

    Args:
        secret: what the members share.
        mesh: the mesh's name.
        keys: this process's key pair; a fresh one if not given.
    """

    __slots__ = ("_admitted", "_noise_psk", "_proof_key", "keys")

    def __init__(self, secret: Secret, mesh: str, keys: CurveKeys | None = None) -> None:
        self.keys = keys if keys is not None else CurveKeys.generate()
        self._proof_key = secret.derive("connection proof", mesh)
        self._noise_psk = secret.derive("noise psk", mesh)
        self._admitted: dict[bytes, None] = {}

    def admit(self, public_key: bytes) -> None:
        """Let the holder of `public_key` (32 bytes, from an opened sealed beacon) in without a proof.

        Raises:
            OptionError: not 32 bytes.
        """
        if len(public_key) != _KEY_SIZE:
            raise OptionError("public_key", f"has {_KEY_SIZE} bytes, not {len(public_key)}")
        self._admitted.pop(public_key, None)
        self._admitted[public_key] = None
        if len(self._admitted) > MAX_ADMITTED:
            del self._admitted[next(iter(self._admitted))]

    def dismiss(self, public_key: bytes) -> None:
        """Forget an admitted key; unknown ones are ignored."""
        self._admitted.pop(public_key, None)

    def is_admitted(self, public_key: bytes) -> bool:
        """Whether `public_key` is let in without a proof."""
        return public_key in self._admitted

    def server_security(self) -> ServerChoice:
        """Return the security of sockets that accept members: by NOISE, or by CURVE, which libzmq speaks."""
        # Loaded with the first connection: a node meets others without any.
        from .choice import ServerChoice
        from .mesh_sockets import MeshServer
        from .noise.server import NoiseServer

        return ServerChoice(NoiseServer(self.keys, self, psk=self._noise_psk), MeshServer(self))

    def client_security(self, server_key: bytes) -> ClientChoice:
        """Return the security of a socket that connects to the member with `server_key` (32 bytes).

        Raises:
            OptionError: no public key of X25519.
        """
        from .choice import ClientChoice
        from .mesh_sockets import MeshClient
        from .noise.client import NoiseClient

        noise = NoiseClient(self.keys, server_key, psk=self._noise_psk)
        return ClientChoice(noise, MeshClient(self, server_key))

    def __call__(self, request: AuthenticationRequest, /) -> AuthenticationReply:
        """Decide on a client: NOISE has proved that it knows the secret, its key was admitted, or it has the proof."""
        from .mechanism import AuthenticationReply
        from .noise.server import NoiseServer

        client_key = request.credentials[0]
        if (
            request.mechanism == NoiseServer.mechanism
            or self.is_admitted(client_key)
            or self.is_proven(client_key, request.metadata, by_server=False)
        ):
            from .z85 import encode_z85

            return AuthenticationReply(200, "OK", user_id=encode_z85(client_key))
        return AuthenticationReply(400, "no member of this mesh")

    def proof_for(self, peer_key: bytes, *, by_server: bool) -> bytes:
        """Return the proof to show to the peer with `peer_key`, 32 bytes."""
        return self._proof(self.keys.public_bytes, peer_key, by_server=by_server)

    def is_proven(self, peer_key: bytes, metadata: Mapping[str, bytes], *, by_server: bool) -> bool:
        """Whether the peer with `peer_key` proves in `metadata` that it knows the secret."""
        expected = self._proof(peer_key, self.keys.public_bytes, by_server=by_server)
        from hmac import compare_digest

        return compare_digest(metadata.get(PROOF_PROPERTY, b""), expected)

    def _proof(self, prover: bytes, verifier: bytes, *, by_server: bool) -> bytes:
        statement = _SERVER + verifier + prover if by_server else _CLIENT + prover + verifier
        from hmac import digest

        return digest(self._proof_key, statement, _DIGEST)

    def __repr__(self) -> str:
        return f"MeshTrust({self.keys!r}, admitted={len(self._admitted)})"
