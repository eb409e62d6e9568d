"""Who listens to a herald: the seam between announcements and the mesh."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from .place import Place
from .wire import Card, Word

__all__ = ["Hearing"]


class Hearing(Protocol):
    """Told of other nodes; called in the loop's thread, must not block and must not raise."""

    def met(self, uuid: UUID, card: Card, place: Place, *, partial: bool) -> bool:
        """Take a node that proved to be there now; False when it is not wanted.

        `partial` says that its headers and groups did not fit.
        """
        ...

    def moved(self, uuid: UUID, card: Card, place: Place) -> None:
        """Take the new address of a node that was met."""
        ...

    def relocated(self) -> None:
        """Take that an address of ours is gone."""
        ...

    def heard(self, uuid: UUID, card: Card | None, *, partial: bool) -> None:
        """Take a sign of life of a node that was met, and its card if that changed."""
        ...

    def doubted(self, witness: UUID, word: Word) -> None:
        """Be asked by a node that was met whether another one is heard."""
        ...

    def vouched(self, witness: UUID, word: Word) -> None:
        """Be told by a node that was met when another one was heard."""
        ...
