"""CurveServer: accept clients that know our public key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from ..mechanism import Authenticator
from .keys import CurveKeys

if TYPE_CHECKING:
    from .server_handshake import CurveServerMechanism

__all__ = ["CurveServer"]


class CurveServer:
    """Connections sealed by CURVE, in the server's part.

    Args:
        keys: our key pair.
        authenticator: decides on a client by its public key (the request's one credential, 32 bytes).
            None lets every client in that knows our public key.
    """

    __slots__ = ("_new", "authenticator", "keys")

    mechanism: ClassVar[str] = "CURVE"
    as_server: ClassVar[bool] = True

    def __init__(self, keys: CurveKeys, authenticator: Authenticator | None = None) -> None:
        # The encryption library is loaded here, not while a client waits.
        from .server_handshake import CurveServerMechanism

        self._new: type[CurveServerMechanism] = CurveServerMechanism
        self.keys = keys
        self.authenticator = authenticator

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> CurveServerMechanism:
        """Return a fresh mechanism that will send `metadata`, sealed."""
        return self._new(self.keys, metadata, asks=self.authenticator is not None)

    def __repr__(self) -> str:
        return f"CurveServer({self.keys!r}, authenticator={self.authenticator!r})"
