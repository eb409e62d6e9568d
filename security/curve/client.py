"""CurveClient: connect to a server whose public key is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from covey.errors import HandshakeFailed, OptionError

from .keys import CurveKeys, decode_key

if TYPE_CHECKING:
    from .client_handshake import CurveClientMechanism

__all__ = ["CurveClient"]


class CurveClient:
    """Connections sealed by CURVE, in the client's part.

    Args:
        keys: our key pair.
        server_key: the server's public key, Z85 text or 32 bytes.

    Raises:
        OptionError: the server key cannot be read, or is none.
    """

    __slots__ = ("_new", "keys", "server_key")

    mechanism: ClassVar[str] = "CURVE"
    as_server: ClassVar[bool] = False
    authenticator: ClassVar[None] = None

    def __init__(self, keys: CurveKeys, server_key: str | bytes) -> None:
        # The encryption library is loaded here, not while a connection waits for its first word.
        from .box import shared_key
        from .client_handshake import CurveClientMechanism

        self._new: type[CurveClientMechanism] = CurveClientMechanism
        self.keys = keys
        self.server_key = decode_key("server_key", server_key)
        try:
            shared_key(self.server_key, keys.secret_bytes)
        except HandshakeFailed as error:
            raise OptionError("server_key", "no public key of CURVE") from error

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> CurveClientMechanism:
        """Return a fresh mechanism that will send `metadata`, sealed."""
        return self._new(self.keys, self.server_key, metadata)

    def __repr__(self) -> str:
        return f"CurveClient({self.keys!r}, server_key={self.server_key.hex()})"
