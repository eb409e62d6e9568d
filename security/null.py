"""NULL: no protection; each end tells its metadata (RFC 37, section "The NULL Security Mechanism")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .commands import READY, make_command
from .handshake import CommandHandshake
from .mechanism import Authenticator, HandshakeState
from .metadata import decode_metadata, encode_metadata

__all__ = ["Null", "NullMechanism"]


class Null:
    """Unprotected connections; an authenticator, if given, decides by address (RFC 27).

    As libzmq asks ZAP only on sockets with a zap_domain, so only a given authenticator is asked.
    """

    __slots__ = ("authenticator",)

    mechanism: ClassVar[str] = "NULL"
    as_server: ClassVar[bool] = False

    def __init__(self, authenticator: Authenticator | None = None) -> None:
        self.authenticator = authenticator

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> NullMechanism:
        """Return a fresh mechanism that will send `metadata`."""
        return NullMechanism(metadata, asks=self.authenticator is not None)

    def __repr__(self) -> str:
        return "Null()" if self.authenticator is None else f"Null({self.authenticator!r})"


_EARLY_MAX = 128 * 1024


class NullMechanism(CommandHandshake):
    """Both ends send READY without waiting for each other.

    When somebody is to be asked it begins in AUTHENTICATING and keeps its READY until the verdict;
    the peer's READY may come before or after it. (If it waited for the peer's, two such ends would
    wait for each other.)
    """

    __slots__ = ("_peer_is_ready", "_ready")

    name: ClassVar[str] = "NULL"

    @property
    def early_max(self) -> int:
        """Most octets that wait for the authenticator: libzmq goes on once it has our READY."""
        return _EARLY_MAX

    def __init__(self, metadata: Mapping[str, bytes], *, asks: bool) -> None:
        super().__init__()
        self._ready = make_command(READY, encode_metadata(metadata))
        self._peer_is_ready = False
        self._expect(READY, self._receive_ready)
        if asks:
            self._ask(())
        else:
            self._send(self._ready)

    def _receive_ready(self, data: bytes) -> None:
        self._learn(decode_metadata(data))
        self._peer_is_ready = True
        if self.state is HandshakeState.EXCHANGING:
            self._become_ready()

    def _accepted(self) -> None:
        self._send(self._ready)
        if self._peer_is_ready:
            self._become_ready()
