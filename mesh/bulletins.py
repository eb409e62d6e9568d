"""How members tell each other the newest revocation list.

Every member says the number of its list in its HELLO (`X-COVEY-REVOCATIONS`). Who meets a member with a smaller
number whispers the list to it, and who takes a newer list whispers it to everybody whose number is smaller; so a
list reaches all in as many steps as the mesh has, and members that were away as soon as they are back.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Protocol
from uuid import UUID

from covey.errors import ProtocolError

from .peers import Peer

__all__ = ["HEADER_REVOCATIONS", "WORD", "Bulletin", "Bulletins"]

HEADER_REVOCATIONS = "X-COVEY-REVOCATIONS"
"""HELLO header: the number of the list."""
WORD = b"\0covey revocations 1"
"""First frame of a whisper that carries a list in its second; the application never sees it."""


class Bulletin(Protocol):
    """The list that a mode of trust goes by."""

    @property
    def number(self) -> int:
        """Of the newest list; 0 for none."""
        ...

    @property
    def data(self) -> bytes:
        """The newest list, signed."""
        ...

    def tell_changes(self, changed: Callable[[], None]) -> None:
        """Call `changed` for every list that was taken otherwise than by `take`."""
        ...

    def take(self, data: bytes) -> bool:
        """Take a list that a peer sent; whether it was news.

        Raises:
            ProtocolError: it is none of our authority's.
        """
        ...


class Bulletins:
    """Passes the list on.

    Args:
        bulletin: the list.
        headers: of our HELLO, changed in place.
        peers: returns who is there.
        whisper: sends to one of them.
        refused: told of a peer that sent a list that is none.
    """

    def __init__(
        self,
        bulletin: Bulletin,
        headers: MutableMapping[str, str],
        peers: Callable[[], Sequence[Peer]],
        whisper: Callable[[UUID, list[bytes]], object],
        refused: Callable[[Peer, str], None],
    ) -> None:
        self._bulletin = bulletin
        self._headers = headers
        self._peers = peers
        self._whisper = whisper
        self._refused = refused
        self._known: dict[UUID, int] = {}
        headers[HEADER_REVOCATIONS] = str(bulletin.number)

    def entered(self, peer: Peer) -> None:
        """Tell a newcomer, if it does not know."""
        text = peer.headers.get(HEADER_REVOCATIONS, "")
        self._known[peer.uuid] = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
        self._tell(peer)

    def exited(self, uuid: UUID) -> None:
        """Forget a peer."""
        self._known.pop(uuid, None)

    def heard(self, peer: Peer, frames: Sequence[bytes]) -> bool:
        """Take a whisper if it is about revocations; whether it is."""
        if len(frames) != 2 or frames[0] != WORD:
            return False
        try:
            is_news = self._bulletin.take(frames[1])
        except ProtocolError as error:
            self._refused(peer, str(error))
            return True
        if is_news:
            self._known[peer.uuid] = self._bulletin.number
            self.changed()
        return True

    def changed(self) -> None:
        """Tell everybody of a list that was taken, wherever it came from."""
        self._headers[HEADER_REVOCATIONS] = str(self._bulletin.number)
        for peer in self._peers():
            self._tell(peer)

    def _tell(self, peer: Peer) -> None:
        if self._known.get(peer.uuid, 0) < self._bulletin.number:
            self._known[peer.uuid] = self._bulletin.number
            self._whisper(peer.uuid, [WORD, self._bulletin.data])
