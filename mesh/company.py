"""Everybody who is there: peers known by their announcements, and peers of the ZRE core, as one list.

A peer begins as the one or the other. Known by its announcements it costs no connection; it goes over to the core
when there is something to say to it, or when it comes to say something itself, and the application notices nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from binascii import crc32
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast
from uuid import UUID

from covey.discovery.announce.herald import Herald
from covey.discovery.announce.wire import Card, Word
from covey.discovery.sighting import Sighting
from covey.values import replace

from .acquaintances import Acquaintances
from .arguments import fits
from .events import Entered, Event, Exited, Joined, Left, Offered
from .peers import Peer

if TYPE_CHECKING:
    from covey.discovery.announce.place import Place
    from covey.discovery.announce.seal import MemberSealing
    from covey.discovery.liveness import Evidence

    from .config import NodeConfig
    from .connections import Connections
    from .engine import Engine
    from .membership import Membership

__all__ = ["Company"]

_log = logging.getLogger(__name__)
_RUN_OUT = frozenset({"mdns", "etcd"})
"""Media where a goodbye may mean that a record was not renewed in time."""


class Company:
    """The peers of one node. Implements `Hearing`.

    Args:
        config: what the node is.
        engine: whose peers they are.

    Attributes:
        herald: speaks for the node.
    """

    def __init__(self, config: NodeConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        offset = time.time() - self._loop.time()
        self._present: dict[UUID, None] = {}
        self._places: dict[UUID, Sighting] = {}
        """Where those are who announce themselves."""
        self._told: dict[UUID, set[str]] = {}
        """Groups of peers that go over to the core, of which the application knows."""
        self._timer: asyncio.TimerHandle | None = None
        timings = config.timings
        self._table = Acquaintances(
            config.mesh, (timings.evasive, timings.expired), self._interval, _key_text, offset
        )
        self.herald = self._new_herald(time.time_ns() // 1000)
        self.herald.replayed = self._replayed
        self.herald.update(self._card())

    def _new_herald(self, sequence: int) -> Herald:
        trust, uuid = self._config.trust, self._config.uuid
        if trust is None:
            from covey.discovery.announce.open_sealing import OpenSealing

            return Herald(uuid, OpenSealing(), self, sequence, os.urandom, is_open=True)
        if not trust.has_lasting_keys:
            sealing = trust.sealing().announcements()
            return Herald(uuid, sealing, self, sequence, os.urandom, is_open=False)
        from covey.discovery.announce.member_herald import MemberHerald

        trust.added = lambda: self.herald.repeat()
        sealed = cast("MemberSealing", trust.sealing().announcements())
        told = self._engine.not_listened_to
        return MemberHerald(uuid, sealed, self, sequence, os.urandom, refused=told)

    def _replayed(self, place: Place) -> None:
        guard = self._engine.guard
        if guard is not None:
            guard.replayed(place.host)

    def _card(self) -> Card:
        config, engine = self._config, self._engine
        mesh = "" if config.trust is not None else _short(config.mesh)
        return Card(
            config.name,
            engine.doors.port,
            engine.doors.topics_port,
            mesh,
            config.headers,
            public_key=engine.public_key,
        )

    def _interval(self) -> float:
        return self.herald.card.interval if self.herald.card is not None else 1.0

    def close(self) -> None:
        """Watch over nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    # -- who is there

    def __len__(self) -> int:
        return len(self._present)

    def peers(self) -> tuple[Peer, ...]:
        """Return all, in the order in which they entered."""
        found = (self.peer(uuid) for uuid in self._present)
        return tuple(peer for peer in found if peer is not None)

    def as_events(self) -> list[Event]:
        """Return what somebody is told first who did not see them enter."""
        events: list[Event] = []
        for peer in self.peers():
            events.append(Entered(peer))
            events.extend(Joined(peer, group) for group in sorted(peer.groups))
            events.extend(Offered(peer, service) for service in sorted(peer.services))
        return events

    def peer(self, uuid: UUID) -> Peer | None:
        """Return one of them."""
        if uuid in self._table:
            return self._table.value(uuid)
        connections = self._engine.made_connections
        return connections.core.peer(uuid) if connections is not None else None

    def uuid_of(self, peer: Peer | UUID | str) -> UUID | None:
        """Return whom a value, uuid or name means; None if nobody, or several, have that name."""
        if not isinstance(peer, str):
            return peer.uuid if isinstance(peer, Peer) else peer
        found = [one.uuid for one in self.peers() if peer in (one.name, str(one.uuid), one.uuid.hex)]
        return found[0] if len(found) == 1 else None

    def find(self, peer: Peer | UUID | str) -> Peer | None:
        """Return the peer that is meant, if it is there."""
        uuid = self.uuid_of(peer)
        return None if uuid is None else self.peer(uuid)

    def members(self, group: str) -> list[UUID]:
        """Return which peers are in `group`."""
        connections = self._engine.made_connections
        linked = set(connections.core.members(group)) if connections is not None else set()
        return [uuid for uuid in self._present if uuid in linked or self._table.is_in(uuid, group)]

    # -- what the media and the core say

    def sighted(self, sighting: Sighting) -> bool:
        """Take a report; return whether that was all that there is to do with it."""
        uuid = sighting.uuid
        if sighting.endpoint is not None:
            return uuid in self._table
        if sighting.via in _RUN_OUT or sighting.out_of_reach:
            return uuid in self._table
        if self._config.trust is None and sighting.via == "beacon":
            # Anybody can forge it. The core checks those that it is connected to.
            self._table.said_goodbye(uuid, self._loop.time())
            self._settle()
            return uuid in self._table
        self.herald.forget(uuid, self._loop.time() + self._config.timings.departed)
        self._table.gone(uuid, "goodbye")
        self._settle()
        return False

    def reconcile(self, event: Event) -> Iterable[Event]:
        """Return what the core's event means to an application that may know the peer already."""
        if isinstance(event, Entered):
            return self._entered(event)
        if isinstance(event, Joined) and event.peer.uuid in self._told:
            told = self._told[event.peer.uuid]
            if event.group in told:
                told.discard(event.group)
                return ()
        elif isinstance(event, Exited):
            self._exited(event)
        return (event,)

    def _entered(self, event: Entered) -> Iterable[Event]:
        peer = event.peer
        self._told.pop(peer.uuid, None)
        known = self._table.pop(peer.uuid)
        if known is None:
            self._present[peer.uuid] = None
            return (event,)
        groups = known.peer.groups
        connections = self._engine.connections
        connections.core.known_before(peer.uuid, known.peer)
        self._told[peer.uuid] = set(groups & peer.groups)
        return [Left(peer, group) for group in sorted(groups - peer.groups)]

    def _exited(self, event: Exited) -> None:
        uuid = event.peer.uuid
        self._present.pop(uuid, None)
        self._told.pop(uuid, None)
        if event.reason == "restarted":
            return
        self._places.pop(uuid, None)
        rest = self._config.timings.departed if event.reason == "goodbye" else 0.0
        self.herald.forget(uuid, self._loop.time() + rest)

    def connect(self, uuid: UUID, connections: Connections) -> Peer | None:
        """Hand a peer over to the core; return it if it was not there before."""
        known = self._table.pop(uuid)
        if known is None:
            return None
        connections.adopt(known.peer, known.status, known.interval)
        return known.peer

    def expel(self, public_key: bytes, reason: str) -> None:
        """Let go of everybody with a key that belongs no more, and tell so."""
        for peer in self.peers():
            if peer.public_key == public_key:
                self._table.gone(peer.uuid, reason)
        self._settle()

    def say(self, header: str, text: str) -> None:
        """Announce a header besides the application's own."""
        card = self.herald.card
        if card is not None and card.headers.get(header) != text:
            self.herald.update(replace(card, headers={**card.headers, header: text}))
            self.herald.repeat()

    def regrouped(self, membership: Membership) -> None:
        """Announce in which groups we are now."""
        card = self.herald.card
        if card is not None:
            groups = tuple(sorted(membership.groups))
            self.herald.update(replace(card, groups=groups, status=membership.status))
            self.herald.repeat()

    def offering(self, services: tuple[str, ...]) -> None:
        """Announce which services we offer now."""
        card = self.herald.card
        if card is not None:
            self.herald.update(replace(card, services=services))
            self.herald.repeat()

    def evidence(self, uuid: UUID, found: Evidence) -> None:
        """Take what a knock at a mailbox found."""
        _log.debug("knocked at %s: %s", uuid, found.value)
        self._table.evidence(uuid, found, self._loop.time())
        self._settle()

    # -- what the herald says

    def met(self, uuid: UUID, card: Card, place: Place, *, partial: bool) -> bool:
        """Take a node that proved to be there now; False when it is not wanted."""
        engine = self._engine
        if not engine.admits(uuid, card.public_key):
            return False
        now = self._loop.time()
        where = _sighting(uuid, card, place)
        card = self._engine.permitted(card, where)
        self._places[uuid] = where
        engine.contacts.sighted(where, now)
        if uuid in self._present or partial:
            engine.connections.sighted(where)
            return True
        if (connections := engine.made_connections) is not None:
            connections.met(uuid)
        self._table.met(uuid, card, place, now)
        self._settle()
        return True

    def moved(self, uuid: UUID, card: Card, place: Place) -> None:
        """Take the new address of a node that was met."""
        self._places[uuid] = where = _sighting(uuid, card, place)
        now = self._loop.time()
        self._engine.contacts.sighted(where, now)
        if uuid in self._table:
            self._table.moved(uuid, card, place)
            connections = self._engine.made_connections
            peer = self.peer(uuid)
            if connections is not None and peer is not None:
                connections.topics.peer_exited(uuid)
                connections.read_topics(peer)
        elif (connected := self._engine.made_connections) is not None:
            connected.moved(uuid)

    def relocated(self) -> None:
        """Take that an address of ours is gone."""
        if (connections := self._engine.made_connections) is not None:
            connections.relocated()

    def heard(self, uuid: UUID, card: Card | None, *, partial: bool) -> None:
        """Take a sign of life of a node that was met, and its card if that changed."""
        now = self._loop.time()
        where = self._places.get(uuid)
        if where is None:
            return
        if card is not None and card.interval != where.interval:
            self._places[uuid] = where = replace(where, interval=card.interval)
        self._engine.contacts.heard(where, now)
        if uuid in self._table:
            if partial:
                self._engine.reach(uuid)
                return
            if card is not None:
                card = self._engine.permitted(card, where)
            self._table.heard(uuid, card, now)
            if self._table.events:
                self._settle()
        else:
            self._engine.connections.sighted(where)

    def doubted(self, witness: UUID, word: Word) -> None:
        """Tell whether we hear a node."""
        heard_at = self._table.last_heard(word.uuid)
        if heard_at is None and (connections := self._engine.made_connections) is not None:
            heard_at = connections.core.last_heard(word.uuid)
        if heard_at is not None:
            now = self._loop.time()
            self.herald.vouch(witness, Word(word.uuid, max(0.0, now - heard_at)), now)
            self.herald.transmit()

    def vouched(self, witness: UUID, word: Word) -> None:
        """Take a member's word for another one."""
        _log.debug("%s heard %s %.2f s ago", witness, word.uuid, word.age)
        self._table.vouched(word.uuid, self._loop.time() - word.age)
        self._settle()

    # -- what follows

    def _due(self) -> None:
        self._timer = None
        self._table.handle_timeout(self._loop.time())
        self._settle()

    def _settle(self) -> None:
        """Tell what happened, ask what is to be asked, and set the timer."""
        table, now = self._table, self._loop.time()
        while table.events:
            event = table.events.popleft()
            if isinstance(event, Entered):
                self._present[event.peer.uuid] = None
            elif isinstance(event, Exited):
                self._exited(event)
            self._engine.tell(event)
        while table.inquiries:
            inquiry = table.inquiries.popleft()
            uuid = inquiry.peer.uuid
            if inquiry.knock:
                _log.debug("silent: %s; knocking at %s", uuid, inquiry.peer.endpoint)
                self._engine.examine(uuid, inquiry.peer.endpoint, inquiry.knock)
            else:
                self.herald.ask(uuid, now)
            for witness in inquiry.witnesses:
                self.herald.doubt(witness, Word(uuid), now)
        self.herald.transmit()
        self._set_timer(now)

    def _set_timer(self, now: float) -> None:
        due = self._table.wake_at
        if self._timer is not None and self._timer.when() > due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and len(self._table):
            self._timer = self._loop.call_at(max(due, now), self._due)


def _sighting(uuid: UUID, card: Card, place: Place) -> Sighting:
    return Sighting(
        uuid,
        "beacon",
        place.endpoint(card.port),
        card.public_key,
        interface=place.interface,
        source=place.host,
        interval=card.interval,
    )


def _key_text(key: bytes) -> str:
    from covey.security.z85 import encode_z85

    return encode_z85(key)


def _short(mesh: str) -> str:
    """Return what stands for a mesh's name in an announcement: the name, unless it is too long."""
    encoded = mesh.encode("utf-8", "backslashreplace")
    return mesh if fits(mesh) else f"covey mesh #{crc32(encoded):08x}"
