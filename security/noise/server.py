"""NoiseServer: accept by NOISE."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from ..curve.keys import CurveKeys
from ..mechanism import Authenticator
from .client import checked_psk

if TYPE_CHECKING:
    from .server_handshake import NoiseServerMechanism

__all__ = ["NoiseServer"]


class NoiseServer:
    """Connections sealed by NOISE, in the responder's part; the client chooses cipher and hash.

    Args:
        keys: our key pair (X25519, the same kind as CURVE's).
        psk: the pre-shared key, 32 bytes. With it only XXpsk3 is spoken, without it XX and IK.
        authenticator: decides on a client by its public key (the request's one credential, 32 bytes).
            None lets everyone in that has the psk, or, without one, everyone.

    Raises:
        OptionError: the psk has not 32 bytes.
    """

    __slots__ = ("_new", "_plan", "authenticator", "keys")

    mechanism: ClassVar[str] = "NOISE"
    as_server: ClassVar[bool] = True

    def __init__(
        self, keys: CurveKeys, authenticator: Authenticator | None = None, *, psk: bytes | None = None
    ) -> None:
        # The encryption library is loaded here, not while a client waits.
        from .handshakestate import StaticKey
        from .server_handshake import NoiseServerMechanism, ServerPlan

        self.keys = keys
        self.authenticator = authenticator
        self._new: type[NoiseServerMechanism] = NoiseServerMechanism
        self._plan = ServerPlan(StaticKey(keys.secret_bytes), checked_psk(psk))

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> NoiseServerMechanism:
        """Return a fresh mechanism that will send `metadata`, sealed."""
        return self._new(self._plan, metadata, asks=self.authenticator is not None, random=os.urandom)

    def __repr__(self) -> str:
        return f"NoiseServer({self.keys!r}, authenticator={self.authenticator!r})"
