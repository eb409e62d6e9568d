"""What the store holds and what that means, without network and clock.

A record that goes without a goodbye is no departure: its lease ran out, so its node lost the store, which
says nothing of its peers. It is only reported no more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from math import inf

from covey.values import frozen

from ..beacon.codec import Discard
from ..beacon.replay import ReplayGuard
from ..sighting import Announcement, Sighting
from .constants import RECORDS, REPEAT
from .records import Record, RecordCodec
from .wire import Change, Entry

__all__ = ["EtcdCore", "EtcdStatistics"]


@frozen
class EtcdStatistics:
    """What the medium does and heard."""

    is_registered: bool = False
    """Whether our record stands, as far as we know."""
    is_following: bool = False
    """Whether changes are told to us at once."""
    sessions: int = 0
    """How often the store was reached anew; more than one for each time that it was away."""
    records: int = 0
    """Records of others that stand."""
    found: int = 0
    lost: int = 0
    """Records that went without a goodbye."""
    foreign: int = 0
    malformed: int = 0
    replayed: int = 0
    overflow: int = 0
    """Records that found no room."""


class _Known:
    """A record that stands."""

    __slots__ = ("repeat_at", "sighting")

    def __init__(self, sighting: Sighting, repeat_at: float) -> None:
        self.sighting = sighting
        self.repeat_at = repeat_at


class EtcdCore:
    """The records of one mesh in one store. Each call returns the sightings that follow from it."""

    def __init__(self, announcement: Announcement, codec: RecordCodec, *, limit: int = RECORDS) -> None:
        self._announcement = announcement
        self._codec = codec
        self._limit = limit
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        """By key, the one to be repeated next first."""
        self._replay = ReplayGuard(limit)
        self.stale: Callable[[], None] | None = None
        """Told of a record that was put back in place of a newer one; None for nobody."""
        self._found = self._lost = self._replayed = self._overflow = 0
        self._discarded = {Discard.FOREIGN: 0, Discard.MALFORMED: 0}

    @property
    def limit(self) -> int:
        """Records remembered at most."""
        return self._limit

    def replace_all(self, entries: Iterable[Entry], now: float) -> list[Sighting]:
        """Take all that the store holds; what is known and not among it went meanwhile."""
        vanished = set(self._known)
        sightings = []
        for entry in entries:
            vanished.discard(entry.key)
            sightings += self._stored(entry.key, entry.value, now)
        for key in vanished:
            self._removed(key)
        return sightings

    def apply(self, change: Change, now: float) -> list[Sighting]:
        """Take one change."""
        if change.value is None:
            self._removed(change.key)
            return []
        return self._stored(change.key, change.value, now)

    def handle_timeout(self, now: float) -> list[Sighting]:
        """Return the sightings that are to be repeated."""
        due = []
        while self._known:
            key, known = next(iter(self._known.items()))
            if known.repeat_at > now:
                break
            known.repeat_at = now + REPEAT
            self._known.move_to_end(key)
            due.append(known.sighting)
        return due

    def next_timeout(self) -> float:
        """Return when `handle_timeout` has something to do; infinite for never. Monotonic seconds."""
        return next(iter(self._known.values())).repeat_at if self._known else inf

    def statistics(self, *, registered: bool, following: bool, sessions: int) -> EtcdStatistics:
        """Return the counters."""
        return EtcdStatistics(
            is_registered=registered,
            is_following=following,
            sessions=sessions,
            records=len(self._known),
            found=self._found,
            lost=self._lost,
            foreign=self._discarded[Discard.FOREIGN],
            malformed=self._discarded[Discard.MALFORMED],
            replayed=self._replayed,
            overflow=self._overflow,
        )

    def _stored(self, key: bytes, value: bytes, now: float) -> list[Sighting]:
        record = self._codec.decode(key, value)
        if isinstance(record, Discard):
            self._discarded[record] += 1
            return []
        if record.uuid == self._announcement.uuid:
            return []
        if record.sequence is not None and not self._replay.accept(
            record.uuid, record.sequence, again=key in self._known
        ):
            self._replayed += 1
            if self.stale is not None and self._replay.age(record.uuid, record.sequence):
                self.stale()
            return []
        return self._believed(key, record, now)

    def _believed(self, key: bytes, record: Record, now: float) -> list[Sighting]:
        sighting = Sighting(record.uuid, "etcd", record.endpoint, record.public_key)
        if sighting.is_departure:
            self._known.pop(key, None)
            return [sighting]
        if key not in self._known and len(self._known) >= self._limit:
            self._overflow += 1
            return []
        self._found += key not in self._known
        self._known[key] = _Known(sighting, now + REPEAT)
        self._known.move_to_end(key)
        return [sighting]

    def _removed(self, key: bytes) -> None:
        if self._known.pop(key, None) is not None:
            self._lost += 1
