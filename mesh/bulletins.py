"""How members tell each other the newest revocation list.

Every member says the number of its list in its HELLO (`X-COVEY-REVOCATIONS`). Who meets a member with a smaller
number whispers the list to it, and who takes a newer list whispers it to everybody whose number is smaller; so a
list reaches all in as many steps as the mesh has, and members that were away as soon as they are back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
        peers: returns who is there.
        whisper: sends to one of them.
        say: tells everybody the number of our list.
        refused: told of a peer that sent a list that is none.
    """

    def __init__(
        self,
        bulletin: Bulletin,
        peers: Callable[[], Sequence[Peer]],
        whisper: Callable[[UUID, list[bytes]], object],
        say: Callable[[int], None],
        refused: Callable[[Peer, str], None],
    ) -> None:
        self._bulletin = bulletin
        self._say = say
        self._peers = peers
        self._whisper = whisper
        self._refused = refused
        self._known: dict[UUID, int] = {}
        say(bulletin.number)

    @property
    def number(self) -> int:
        """Of our list."""
        return self._bulletin.number

    def entered(self, uuid: UUID, headers: Mapping[str, str]) -> None:
        """Tell a newcomer, if it does not know."""
        self._known[uuid] = _number_in(headers)
        self._tell(uuid)

    def noticed(self, uuid: UUID, headers: Mapping[str, str]) -> None:
        """Take note of the number that a peer announces now."""
        if uuid in self._known:
            self._known[uuid] = max(self._known[uuid], _number_in(headers))

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
            self._say(self._bulletin.number)
        return True

    def changed(self) -> None:
        """Tell everybody of a list that came from outside of the mesh."""
        self._say(self._bulletin.number)
        self.tell_all()

    def tell_all(self) -> None:
        """Tell those who are not known to have our list."""
        for peer in self._peers():
            self._tell(peer.uuid)

    def _tell(self, uuid: UUID) -> None:
        if self._known.get(uuid, 0) < self._bulletin.number:
            self._known[uuid] = self._bulletin.number
            self._whisper(uuid, [WORD, self._bulletin.data])


def _number_in(headers: Mapping[str, str]) -> int:
    text = headers.get(HEADER_REVOCATIONS, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
