"""The directory, kept from the beginning and made when somebody needs it.

A node whose peers all repeat themselves, as beacons do, needs no directory to find them again; what it would
hold is noted, and taken down when the application looks, or a medium tells of a node once only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from .events import Entered, Event, Exited

if TYPE_CHECKING:
    from covey.discovery.sighting import Sighting

    from .change_stream import ChangeHub
    from .contacts import Contacts

__all__ = ["LateContacts"]

_REPEATING = frozenset({"beacon", "tipc"})
_NOTES = 1024
"""Then it is worth a directory."""


class LateContacts:
    """Contacts that may not have been made yet.

    Args:
        meet: takes a sighting of a lost node, to try it again.
    """

    def __init__(self, meet: Callable[[Sighting], None]) -> None:
        self._meet = meet
        self._notes: deque[tuple[Sighting | Event, float]] = deque()
        self._contacts: Contacts | None = None
        self._changes: ChangeHub | None = None

    @property
    def contacts(self) -> Contacts:
        """The contacts, made now if need be."""
        if self._contacts is None:
            from .contacts import Contacts

            self._contacts = contacts = Contacts(self._meet, self.changes)
            while self._notes:
                note, at = self._notes.popleft()
                if isinstance(note, (Entered, Exited)):
                    contacts.happened(note, at)
                else:
                    contacts.sighted(note, at)  # type: ignore[arg-type]  # only these two kinds are noted
        return self._contacts

    @property
    def changes(self) -> ChangeHub:
        """Who reads the directory's changes."""
        if self._changes is None:
            from .change_stream import ChangeHub

            self._changes = ChangeHub()
        return self._changes

    def sighted(self, sighting: Sighting, now: float) -> None:
        """Take a report that is believed as far as reports are."""
        if self._contacts is None and sighting.via in _REPEATING:
            self._note(sighting, now)
        else:
            self.contacts.sighted(sighting, now)

    def happened(self, event: Event, now: float) -> None:
        """Take what the mesh says of a peer."""
        if not isinstance(event, (Entered, Exited)):
            return
        if self._contacts is None:
            self._note(event, now)
        else:
            self._contacts.happened(event, now)

    def heard(self, sighting: Sighting, now: float) -> None:
        """Take a sign of life of a peer, which says nothing new."""
        if self._contacts is not None:
            self._contacts.sighted(sighting, now)

    def close(self) -> None:
        """Try nobody any more, and end the streams of changes."""
        if self._contacts is not None:
            self._contacts.close()
        if self._changes is not None:
            self._changes.end()

    def _note(self, note: Sighting | Event, now: float) -> None:
        self._notes.append((note, now))
        if len(self._notes) > _NOTES:
            self.contacts  # noqa: B018 - makes them
