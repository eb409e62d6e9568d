"""Messages that know who sent them (option `peer_info`)."""

from __future__ import annotations

from typing import Any

from covey.transports.zmtp.events import PeerProperties
from covey.values import frozen

__all__ = ["ReceivedMessage", "Tagged"]


@frozen
class ReceivedMessage:
    """A message and what is known of the peer that sent it."""

    frames: list[bytes]
    peer: PeerProperties | None
    """Its user id, metadata, address ...; None for what the socket put there itself."""

    @property
    def user_id(self) -> str:
        """Who the authenticator said that it is; empty when nobody was asked."""
        return self.peer.user_id if self.peer is not None else ""


class Tagged:
    """An inbox entry that remembers its peer."""

    __slots__ = ("entry", "peer")

    def __init__(self, entry: Any, peer: PeerProperties | None) -> None:
        self.entry = entry
        self.peer = peer
