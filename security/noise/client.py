"""NoiseClient: connect by NOISE."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from covey.errors import OptionError

from ..curve.keys import CurveKeys, decode_key

if TYPE_CHECKING:
    from .client_handshake import NoiseClientMechanism

__all__ = ["NoiseClient", "checked_psk"]

_PSK_SIZE = 32


class NoiseClient:
    """Connections sealed by NOISE, in the initiator's part.

    The pattern follows from what is known: with a pre-shared key XXpsk3, with the server's key IK, else XX.

    Args:
        keys: our key pair (X25519, the same kind as CURVE's).
        server_key: the server's public key, Z85 text or 32 bytes, if known.
        psk: the pre-shared key, 32 bytes, if there is one; all that have it may talk.
        is_trusted: decides on the server's public key before ours is shown.
        cipher: ChaChaPoly or AESGCM; the one this machine is faster at if not given.
        hash: BLAKE2s or SHA256; as with the cipher.

    Raises:
        OptionError: a key or name that cannot be used; or neither server_key nor psk nor is_trusted, so
            that anybody could be the server.
    """

    __slots__ = ("_new", "_plan", "keys")

    mechanism: ClassVar[str] = "NOISE"
    as_server: ClassVar[bool] = False
    authenticator: ClassVar[None] = None

    def __init__(
        self,
        keys: CurveKeys,
        server_key: str | bytes | None = None,
        *,
        psk: bytes | None = None,
        is_trusted: Callable[[bytes], bool] | None = None,
        cipher: str | None = None,
        hash: str | None = None,
    ) -> None:
        # The encryption library is loaded here, not while a connection waits for its first word.
        from .client_handshake import ClientPlan, NoiseClientMechanism
        from .handshakestate import StaticKey, is_public_key
        from .hardware import fast_cipher, fast_hash
        from .patterns import IK, XX, XXpsk3
        from .suites import suite_by_names

        if server_key is None and psk is None and is_trusted is None:
            raise OptionError("server_key", "without it, a psk or is_trusted, anybody could be the server")
        known = None if server_key is None else decode_key("server_key", server_key)
        if known is not None and not is_public_key(known):
            raise OptionError("server_key", "no public key of X25519")
        self.keys = keys
        self._new: type[NoiseClientMechanism] = NoiseClientMechanism
        self._plan = ClientPlan(
            pattern=XXpsk3 if psk is not None else XX if known is None else IK,
            suite=suite_by_names(cipher or fast_cipher(), hash or fast_hash()),
            static=StaticKey(keys.secret_bytes),
            server_key=known,
            psk=checked_psk(psk),
            is_trusted=is_trusted,
        )

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> NoiseClientMechanism:
        """Return a fresh mechanism that will send `metadata`, sealed."""
        return self._new(self._plan, metadata, random=os.urandom)

    def __repr__(self) -> str:
        return f"NoiseClient({self.keys!r}, {self._plan.pattern.name}, {self._plan.suite.name})"


def checked_psk(psk: bytes | None) -> bytes:
    """Return a pre-shared key, empty for None.

    Raises:
        OptionError: not 32 bytes.
    """
    if psk is None:
        return b""
    if len(psk) != _PSK_SIZE:
        raise OptionError("psk", f"has {_PSK_SIZE} bytes, not {len(psk)}")
    return psk
