"""NOISE between members with lasting keys: XXpsk3, each end deciding on the other by its key and what it shows.

The pre-shared key is what members know and strangers do not, so that a stranger who connects does not even see a public
key; being a member takes the right key, and a certificate where there is an authority.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from covey.errors import HandshakeFailed

from ..curve.keys import CurveKeys
from ..mechanism import Authenticator
from ..noise.client import NoiseClient
from ..noise.client_handshake import ClientPlan, NoiseClientMechanism
from ..noise.server import NoiseServer

if TYPE_CHECKING:
    from ..noise.cipherstate import CipherState
    from ..noise.server_handshake import NoiseServerMechanism
    from .key_sockets import Properties, Verdict

__all__ = ["KeyNoiseClient", "KeyNoiseServer"]


class KeyNoiseServer(NoiseServer):
    """Accepts members; shows those that it let in who it is.

    Args:
        keys: ours.
        authenticator: decides on a client.
        psk: that the connecting members know.
        shown: what we show.
    """

    __slots__ = ("_shown",)

    def __init__(self, keys: CurveKeys, authenticator: Authenticator, psk: bytes, shown: Properties) -> None:
        super().__init__(keys, authenticator, psk=psk)
        self._shown = shown

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> NoiseServerMechanism:
        """Return a fresh mechanism that will send `metadata` and what we show, sealed, to who is let in."""
        return super().new_mechanism({**metadata, **self._shown()})


class KeyNoiseClient(NoiseClient):
    """Connects to a member, and shows and demands what members do.

    Args:
        keys: ours.
        server_key: whom to connect to.
        psk: that this server knows.
        verdict: decides on the server.
        shown: what we show.
    """

    __slots__ = ("_shown", "_verdict")

    def __init__(
        self, keys: CurveKeys, server_key: bytes, psk: bytes, verdict: Verdict, shown: Properties
    ) -> None:
        super().__init__(keys, server_key, psk=psk)
        self._verdict = verdict
        self._shown = shown

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> NoiseClientMechanism:
        """Return a fresh mechanism that will send `metadata` and what we show, sealed."""
        return _CheckingClient(self._plan, {**metadata, **self._shown()}, self._verdict)


class _CheckingClient(NoiseClientMechanism):
    """Decides on the server once it has shown all."""

    __slots__ = ("_verdict",)

    def __init__(self, plan: ClientPlan, metadata: Mapping[str, bytes], verdict: Verdict) -> None:
        super().__init__(plan, metadata, random=os.urandom)
        self._verdict = verdict

    def _receive_ready(self, data: bytes, sending: CipherState, receiving: CipherState) -> None:
        super()._receive_ready(data, sending, receiving)
        reason = self._verdict(self.remote_key, self.peer_metadata)
        if reason:
            raise HandshakeFailed(f"the server is refused: {reason}")
