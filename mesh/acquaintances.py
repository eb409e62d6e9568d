"""Peers that are known by their announcements alone: what they are, and whether they are still there.

::

    ALIVE ── silent for 1.75 intervals though asked ten times ──► EVASIVE ──► gone
      ▲                                                             │
      └──────────────────────────── heard ──────────────────────────┘

A silent peer is asked by datagram before anybody worries. One that stays silent is evasive: somebody is sent to
knock at its mailbox, and other members are asked whether they heard it later than we did. It is gone when nobody
listens there any more, or when its machine is not there: three knocks, of several connections each, and two dozen
questions without an answer, which takes 3.55 intervals of silence. The kernel of a process that is stopped still
answers knocks, and so it is given time. Verdicts rest on what was asked in vain and never on time alone, so it does
no harm when this process itself stands still.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from covey.values import replace

from .acquaintance import Acquaintance, Inquiry
from .events import Entered, Evasive, Event, Exited, Joined, Left, Offered, Withdrew
from .headers import HEADER_KEY, HEADER_MESH, HEADER_TOPICS
from .peers import Liveness, Peer

if TYPE_CHECKING:
    from covey.discovery.announce.place import Place
    from covey.discovery.announce.wire import Card
    from covey.discovery.liveness import Evidence

__all__ = ["Acquaintances"]

_ASK_FROM = 1.15
_ASK_EVERY = 0.05
_SILENT = 1.75
"""Intervals since a peer was heard: until it is asked, between questions, and until it is evasive."""
_QUESTIONS = 10
"""That must have gone unanswered before a peer is evasive."""
_PRESSING = 100
"""Questions in all before it is asked once an interval only."""
_ENOUGH = 24
"""Questions that must have gone unanswered before a peer is gone because nothing comes back."""
_KNOCKS = 3
"""In a row to which nothing came back, likewise: a bad link loses packets of knocks, too."""
_KNOCK = 0.6
"""Intervals that a knock may take; one to which nothing comes back is repeated."""
_WELL = 2.0
"""Intervals after which a peer that greeted is knocked at again, if it is still not heard."""
_NEWER = 0.1
"""Intervals by which a sign that another member heard must be newer than ours to say anything."""
_USUAL = 1.0
"""Seconds; the interval for which `evasive` was meant."""
_WITNESSES = 3
_LATE = 0.5
"""Seconds that a timer may be late without being taken for a stand-still of ours."""
_FAREWELL = 0.3
"""Intervals for which a peer of which a goodbye came that anybody can forge is asked whether it is there."""
_NO_FAREWELL = 1.0
"""Intervals after which such a goodbye counts for nothing, if somebody still is at the mailbox."""
_AGAIN = 0.1
"""Intervals after which a mailbox that greeted in spite of a goodbye is knocked at again: it may be closing."""


class Acquaintances:
    """The table. Drain `events` and `inquiries` after each call.

    Args:
        mesh: our mesh's name.
        limits: `evasive` and `expired`, in seconds.
        interval: returns the interval of our own announcements, seconds.
        key_text: how a public key is written in a header.
        wall_offset: Unix time minus the clock of `now`. Seconds.
    """

    def __init__(
        self,
        mesh: str,
        limits: tuple[float, float],
        interval: Callable[[], float],
        key_text: Callable[[bytes], str],
        wall_offset: float = 0.0,
    ) -> None:
        self.events: deque[Event] = deque()
        self.inquiries: deque[Inquiry] = deque()
        self.wake_at = inf
        self._mesh = mesh
        self._evasive, self._expired = limits
        self._own_interval = interval
        self._key_text = key_text
        self._wall_offset = wall_offset
        self._table: dict[UUID, Acquaintance] = {}
        self._at: dict[str, UUID] = {}
        """Who is at an endpoint."""
        self._turn = 0

    def __contains__(self, uuid: UUID) -> bool:
        return uuid in self._table

    def __len__(self) -> int:
        return len(self._table)

    def get(self, uuid: UUID) -> Acquaintance | None:
        """Return one of them."""
        return self._table.get(uuid)

    def is_in(self, uuid: UUID, group: str) -> bool:
        """Whether one of them is in a group."""
        known = self._table.get(uuid)
        return known is not None and group in known.peer.groups

    # -- who they are

    def met(self, uuid: UUID, card: Card, place: Place, now: float) -> None:
        """Take a node that proved to be there."""
        peer = Peer(
            uuid,
            card.name,
            place.endpoint(card.port),
            self._headers(card, place),
            frozenset(card.groups),
            "beacon",
            now + self._wall_offset,
            public_key=card.public_key,
            services=frozenset(card.services),
        )
        if (former := self._at.get(peer.endpoint)) is not None:
            self.gone(former, "replaced")
        known = Acquaintance(peer, card, now)
        known.due = now + _ASK_FROM * self._unit(known)
        self._table[uuid] = known
        self._at[peer.endpoint] = uuid
        self.wake_at = min(self.wake_at, known.due)
        self.events.append(Entered(peer))
        self.events.extend(Joined(peer, group) for group in sorted(card.groups))
        self.events.extend(Offered(peer, service) for service in sorted(card.services))

    def moved(self, uuid: UUID, card: Card, place: Place) -> None:
        """Take a peer's new address."""
        known = self._table.get(uuid)
        if known is not None:
            self._at.pop(known.peer.endpoint, None)
            endpoint = place.endpoint(card.port)
            known.peer = replace(known.peer, endpoint=endpoint, headers=self._headers(card, place))
            self._at[endpoint] = uuid

    def heard(self, uuid: UUID, card: Card | None, now: float) -> None:
        """Take a sign of life, and what changed."""
        known = self._table.get(uuid)
        if known is None:
            return
        known.heard_at = known.counted_from = now
        known.asked = 0
        known.knock_at = known.leaving_since = inf
        if known.is_evasive:
            known.deadline = inf
            known.silent = 0
            known.peer = replace(known.peer, liveness=Liveness.ALIVE)
        if card is not None:
            known.interval = card.interval
            if card.status != known.status:
                known.status = card.status
                self._regroup(known, frozenset(card.groups))
            if known.peer.services != (services := frozenset(card.services)):
                self._reoffer(known, services)

    def _value(self, known: Acquaintance, liveness: Liveness) -> Peer:
        return replace(known.peer, last_seen=known.heard_at + self._wall_offset, liveness=liveness)

    def value(self, uuid: UUID) -> Peer | None:
        """Return what the application sees of a peer."""
        known = self._table.get(uuid)
        return None if known is None else self._value(known, known.peer.liveness)

    def _regroup(self, known: Acquaintance, groups: frozenset[str]) -> None:
        """Note that a peer is in these groups now, and tell what changed."""
        before = known.peer.groups
        known.peer = replace(known.peer, groups=groups)
        peer = self._value(known, known.peer.liveness)
        self.events.extend(Left(peer, group) for group in sorted(before - groups))
        self.events.extend(Joined(peer, group) for group in sorted(groups - before))

    def _reoffer(self, known: Acquaintance, services: frozenset[str]) -> None:
        """Note that a peer offers these services now, and tell what changed."""
        before = known.peer.services
        known.peer = replace(known.peer, services=services)
        peer = self._value(known, known.peer.liveness)
        self.events.extend(Withdrew(peer, service) for service in sorted(before - services))
        self.events.extend(Offered(peer, service) for service in sorted(services - before))

    def pop(self, uuid: UUID) -> Acquaintance | None:
        """Let go of a peer without a word, because it is connected to from now on."""
        known = self._table.pop(uuid, None)
        if known is not None:
            known.due = inf
            self._at.pop(known.peer.endpoint, None)
        return known

    def gone(self, uuid: UUID, reason: str) -> None:
        """Let go of a peer, and tell so."""
        known = self.pop(uuid)
        if known is not None:
            self.events.append(Exited(self._value(known, Liveness.GONE), reason))

    def _headers(self, card: Card, place: Place) -> MappingProxyType[str, str]:
        headers = {**card.headers, HEADER_MESH: self._mesh}
        if card.topics_port:
            headers[HEADER_TOPICS] = place.endpoint(card.topics_port)
        if card.public_key is not None:
            headers[HEADER_KEY] = self._key_text(card.public_key)
        return MappingProxyType(headers)

    # -- whether they are there

    def last_heard(self, uuid: UUID) -> float | None:
        """Return when a peer was heard that is not evasive, monotonic seconds."""
        known = self._table.get(uuid)
        return None if known is None or known.is_evasive else known.heard_at

    def said_goodbye(self, uuid: UUID, now: float) -> None:
        """Check a goodbye that anybody can forge: who is there after it answers, or has a mailbox."""
        known = self._table.get(uuid)
        if known is None or known.leaving_since < inf:
            return
        known.leaving_since = known.due = now
        known.is_open = False
        self.wake_at = min(self.wake_at, now)
        self.inquiries.append(Inquiry(known.peer, _FAREWELL * self._unit(known)))

    def evidence(self, uuid: UUID, found: Evidence, now: float) -> None:
        """Take what a knock at the mailbox of a peer found that is evasive, or said goodbye."""
        from covey.discovery.liveness.words import Evidence

        known = self._table.get(uuid)
        if known is None or not (known.is_evasive or known.leaving_since < inf):
            return
        known.knock_at = inf
        known.is_open = found in (Evidence.ACCEPTS, Evidence.GREETS)
        if found is Evidence.REFUSED:
            self.gone(uuid, "goodbye" if known.leaving_since < inf else "link lost")
        elif known.leaving_since < inf:
            if found is Evidence.GREETS:
                known.knock_at = now + _AGAIN * self._unit(known)
        elif found is Evidence.SILENT:
            self._unanswered(known)
        else:
            known.silent = 0
            known.deadline = max(known.deadline, now + 2 * self._expired)
            if found is Evidence.GREETS:
                known.knock_at = now + _WELL * self._unit(known)

    def _unanswered(self, known: Acquaintance) -> None:
        """Take that nothing came back from a knock: knock again, or believe it."""
        known.silent += 1
        if known.silent >= _KNOCKS and known.asked >= _ENOUGH:
            self.gone(known.peer.uuid, "expired")
        else:
            self._investigate(known)

    def vouched(self, uuid: UUID, heard_at: float) -> None:
        """Give an evasive peer time that others heard; who heard it no later than we did vouches for nobody."""
        known = self._table.get(uuid)
        if known is None or not known.is_evasive:
            return
        if heard_at > max(known.heard_at, known.vouched_at) + _NEWER * self._unit(known):
            known.silent = 0
            known.vouched_at = heard_at
            last = known.heard_at + 2 * self._expired
            known.deadline = max(known.deadline, min(heard_at + self._expired, last))

    def handle_timeout(self, now: float) -> None:
        """Look at those at whom it is time to look; a time in which we were asleep or stopped is nobody's."""
        wake_at, soon = inf, now + _ASK_EVERY * self._shortened(self._own_interval())
        late = now - self.wake_at
        if late > _LATE:
            for known in self._table.values():
                known.excuse(late)
        for uuid, known in list(self._table.items()):
            if now >= known.due:
                self._look(uuid, known, now)
            # Of whom nothing is wanted, those due soon are looked at together, not each at its own time.
            wake_at = min(wake_at, max(known.due, soon) if known.is_calm else known.due)
        self.wake_at = wake_at

    def _unit(self, known: Acquaintance) -> float:
        """Return what counts as an interval: everybody on a link slows down alike, but not at once."""
        return self._shortened(max(known.interval, self._own_interval()))

    def _shortened(self, interval: float) -> float:
        return min(interval, self._evasive * interval / (_USUAL * _SILENT))

    def _look(self, uuid: UUID, known: Acquaintance, now: float) -> None:
        unit = self._unit(known)
        ask_at = known.counted_from + _ASK_FROM * unit
        if known.leaving_since < inf:
            self._see_off(known, now, unit)
        elif known.is_evasive and now >= known.deadline:
            self.gone(uuid, "expired")
        elif not known.asked and now < ask_at:
            known.due = ask_at
        elif (
            not known.is_evasive and known.asked >= _QUESTIONS and now >= known.counted_from + _SILENT * unit
        ):
            self._suspect(known, now, unit)
        else:
            if now >= known.knock_at:
                self._investigate(known)
            self._ask(known, now, unit)

    def _see_off(self, known: Acquaintance, now: float, unit: float) -> None:
        """Ask a peer that said goodbye, and believe it when nobody answers."""
        if now >= known.leaving_since + _FAREWELL * unit and not known.is_open:
            self.gone(known.peer.uuid, "goodbye")
            return
        if now >= known.leaving_since + _NO_FAREWELL * unit:
            known.leaving_since = inf
        elif now >= known.knock_at:
            known.knock_at = inf
            self.inquiries.append(Inquiry(known.peer, _FAREWELL * unit))
        self._ask(known, now, unit)

    def _ask(self, known: Acquaintance, now: float, unit: float) -> None:
        if not known.asked:
            # However long it was silent while we did not look: ten questions come before any verdict.
            known.counted_from = max(known.counted_from, now - _ASK_FROM * unit)
        known.asked += 1
        known.due = min(now + unit * (_ASK_EVERY if known.asked < _PRESSING else 1.0), known.deadline)
        self.inquiries.append(Inquiry(known.peer))

    def _suspect(self, known: Acquaintance, now: float, unit: float) -> None:
        known.deadline = now + self._expired
        known.silent = 0
        known.vouched_at = -inf
        known.due = now + _ASK_EVERY * unit
        known.peer = peer = self._value(known, Liveness.EVASIVE)
        self.events.append(Evasive(peer))
        self._investigate(known)

    def _investigate(self, known: Acquaintance) -> None:
        """Have somebody knock at a peer's mailbox, and a few members asked."""
        known.knock_at = inf
        peer = known.peer
        self.inquiries.append(Inquiry(peer, _KNOCK * self._unit(known), self._witnesses(peer.uuid)))

    def _witnesses(self, doubted: UUID) -> list[UUID]:
        """Return a few members, different ones each time."""
        others = [uuid for uuid, one in self._table.items() if uuid != doubted and not one.is_evasive]
        self._turn += 1
        start = self._turn * _WITNESSES % len(others) if others else 0
        return list(islice(others[start:] + others[:start], _WITNESSES))
