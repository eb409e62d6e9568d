"""CURVE between members with lasting keys: each end decides on the other by its key and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from covey.errors import HandshakeFailed

from ..curve.client import CurveClient
from ..curve.keys import CurveKeys
from ..curve.server import CurveServer
from ..mechanism import Authenticator

if TYPE_CHECKING:
    from ..curve.client_handshake import CurveClientMechanism
    from ..curve.server_handshake import CurveServerMechanism

__all__ = ["CERTIFICATE_PROPERTY", "KeyClient", "KeyServer", "Properties", "Verdict"]

CERTIFICATE_PROPERTY = "X-Covey-Certificate"
"""Metadata property with the certificate of who sends it, sealed like all of CURVE's metadata."""

Verdict: TypeAlias = Callable[[bytes, Mapping[str, bytes]], str]
"""From a proven key and what its holder shows to why it is refused; empty when it is let in."""
Properties: TypeAlias = Callable[[], Mapping[str, bytes]]
"""Returns what we show at this moment."""


class KeyServer(CurveServer):
    """Accepts members; shows those that it let in who it is.

    Args:
        keys: ours.
        authenticator: decides on a client.
        shown: what we show.
    """

    __slots__ = ("_shown",)

    def __init__(self, keys: CurveKeys, authenticator: Authenticator, shown: Properties) -> None:
        super().__init__(keys, authenticator)
        self._shown = shown

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> CurveServerMechanism:
        """Return a fresh mechanism that will send `metadata` and what we show, sealed."""
        return self._new(self.keys, metadata, asks=True, properties=lambda _client: self._shown())


class KeyClient(CurveClient):
    """Connects to a member, and shows and demands what members do.

    Args:
        keys: ours.
        server_key: whom to connect to.
        verdict: decides on the server.
        shown: what we show.
    """

    __slots__ = ("_shown", "_verdict")

    def __init__(self, keys: CurveKeys, server_key: bytes, verdict: Verdict, shown: Properties) -> None:
        super().__init__(keys, server_key)
        self._verdict = verdict
        self._shown = shown

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> CurveClientMechanism:
        """Return a fresh mechanism that will send `metadata` and what we show, sealed."""
        properties = {**metadata, **self._shown()}
        return self._new(self.keys, self.server_key, properties, check_server=self._check_server)

    def _check_server(self, metadata: Mapping[str, bytes]) -> None:
        reason = self._verdict(self.server_key, metadata)
        if reason:
            raise HandshakeFailed(f"the server is refused: {reason}")
