"""A node that is simulated whole: beacon, announcements, and the table of who is there, as in a real node.

What is `asyncio` and sockets in a real one (`BeaconService`, `Company`) is the few lines here that hand on.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from covey.discovery.announce.constants import PREFIX
from covey.discovery.announce.herald import Herald
from covey.discovery.announce.open_sealing import OpenSealing
from covey.discovery.announce.place import Place
from covey.discovery.announce.wire import Card, Word
from covey.discovery.beacon.codec import OpenBeacons
from covey.discovery.beacon.core import BeaconCore
from covey.discovery.beacon.pace import BeaconSettings
from covey.discovery.beacon.routes import Mode, plan_routes
from covey.discovery.directory import Directory
from covey.discovery.interface_table import Flag, Hardware, Interface
from covey.discovery.liveness import Evidence
from covey.discovery.sighting import Announcement, Sighting
from covey.mesh.acquaintance import Inquiry
from covey.mesh.acquaintances import Acquaintances
from covey.mesh.events import Entered, Event, Exited
from covey.mesh.timings import Timings

from .traffic import PORT, Traffic

__all__ = ["BUFFER", "Listener"]

BUFFER = 1300
"""Datagrams that wait in the kernel: a receive buffer of a MiB with its overhead."""
_READING = 25_000.0
"""Datagrams that a node reads in a second."""

_FLAGS = Flag.UP | Flag.BROADCAST | Flag.MULTICAST
_INTERFACE = Interface("eth0", 2, _FLAGS, Hardware.ETHERNET, 4, "10.0.0.1", 8)
_ROUTES = plan_routes([_INTERFACE], list(Mode))
"""What a node with IPv4 has: broadcast and a multicast group."""
_TIMINGS = Timings()


class Listener:
    """One node. Implements `Hearing`.

    Args:
        uuid: its own.
        settings: of its beacon.
        random: source of tokens.
        on_event: told what an application would be told.
        on_knock: told whose mailbox to knock at, and how many seconds that may take.
    """

    def __init__(
        self,
        uuid: UUID,
        settings: BeaconSettings,
        random: Callable[[int], bytes],
        on_event: Callable[[Event], None],
        on_knock: Callable[[UUID, float], None],
    ) -> None:
        self.herald = Herald(uuid, OpenSealing(), self, 1, random, is_open=True)
        self.herald.update(Card("", PORT, 0, "simulated"))
        self.core = BeaconCore(Announcement(uuid, PORT, herald=self.herald), OpenBeacons(), settings)
        self.directory = Directory()
        self.table = Acquaintances(
            "simulated", (_TIMINGS.evasive, _TIMINGS.expired), lambda: self.core.interval, bytes.hex
        )
        self.view: set[UUID] = set()
        """Who is there, as far as it knows."""
        self.overrun = 0
        """Datagrams that its buffer had no room for."""
        self._on_event = on_event
        self._on_knock = on_knock
        self._backlog = self._read_at = self._now = 0.0

    def receive(self, datagram: bytes, place: Place, now: float, mode: Mode) -> Traffic:
        """Take a datagram, or lose it when too many came at once; return what to send."""
        self._now = now
        self._backlog = max(0.0, self._backlog - (now - self._read_at) * _READING) + 1
        self._read_at = now
        if self._backlog > BUFFER:
            self._backlog -= 1
            self.overrun += 1
        elif datagram.startswith(PREFIX):
            self.herald.receive(datagram, place, now)
        elif self.herald.has_said(datagram):
            self.core.passed_over()
        else:
            self._take_beacon(datagram, place, now, mode)
        return self._settle(now)

    def start(self, now: float) -> Traffic:
        """Begin, on all ways."""
        self.core.start(_ROUTES, now)
        return self._settle(now)

    def handle_timeout(self, now: float) -> Traffic:
        """Do what is due."""
        self._now = now
        self.core.handle_timeout(now)
        self.herald.handle_timeout(now)
        self.directory.handle_timeout(now)
        if now >= self.table.wake_at:
            self.table.handle_timeout(now)
        return self._settle(now)

    def leave(self) -> Traffic:
        """Say goodbye on all ways, and fall silent."""
        self.core.leave()
        return Traffic([(route.mode, datagram) for route, datagram in self.core.datagrams_to_send()])

    def evidence(self, uuid: UUID, found: Evidence, now: float) -> Traffic:
        """Take what was found at a mailbox."""
        self.table.evidence(uuid, found, now)
        return self._settle(now)

    def next_timeout(self) -> float:
        """Return when `handle_timeout` is due."""
        return min(self.core.next_timeout(), self.herald.next_timeout(), self.table.wake_at)

    # -- what the herald says

    def met(self, uuid: UUID, card: Card, place: Place, *, partial: bool) -> bool:
        """Take a node that proved to be there."""
        sighting = Sighting(uuid, "beacon", place.endpoint(card.port), interface=place.interface)
        self.directory.receive_sighting(sighting, self._now)
        self.table.met(uuid, card, place, self._now)
        return True

    def moved(self, uuid: UUID, card: Card, place: Place) -> None:
        """Take the new address of a node that was met."""
        self.table.moved(uuid, card, place)

    def relocated(self) -> None:
        """Take that an address of ours is gone; none ever is here."""

    def heard(self, uuid: UUID, card: Card | None, *, partial: bool) -> None:
        """Take a sign of life."""
        self.table.heard(uuid, card, self._now)

    def doubted(self, witness: UUID, word: Word) -> None:
        """Tell whether we hear a node."""
        heard_at = self.table.last_heard(word.uuid)
        if heard_at is not None:
            self.herald.vouch(witness, Word(word.uuid, max(0.0, self._now - heard_at)), self._now)

    def vouched(self, witness: UUID, word: Word) -> None:
        """Take a member's word for another one."""
        self.table.vouched(word.uuid, self._now - word.age)

    # -- what follows

    def _take_beacon(self, datagram: bytes, place: Place, now: float, mode: Mode) -> None:
        sighting = self.core.receive_datagram(datagram, place.host, place.interface, now, mode)
        if sighting is None:
            return
        if sighting.is_departure:
            self.table.said_goodbye(sighting.uuid, now)
        else:
            self.herald.beacon_heard(sighting.uuid, place, now)

    def _settle(self, now: float) -> Traffic:
        """Tell what happened, ask what is to be asked, and return what to send."""
        table = self.table
        while table.events:
            self._happened(table.events.popleft(), now)
        while table.inquiries:
            self._inquire(table.inquiries.popleft(), now)
        shouted = [(route.mode, datagram) for route, datagram in self.core.datagrams_to_send()]
        return Traffic(shouted, self.herald.datagrams_to_send())

    def _happened(self, event: Event, now: float) -> None:
        if isinstance(event, Entered):
            self.view.add(event.peer.uuid)
            self.directory.node_connected(event.peer.uuid)
        elif isinstance(event, Exited):
            uuid = event.peer.uuid
            self.view.discard(uuid)
            rest = _TIMINGS.departed if event.reason == "goodbye" else 0.0
            self.herald.forget(uuid, now + rest)
            self.directory.node_departed(uuid)
        self._on_event(event)

    def _inquire(self, inquiry: Inquiry, now: float) -> None:
        uuid = inquiry.peer.uuid
        if inquiry.knock:
            self._on_knock(uuid, inquiry.knock)
        else:
            self.herald.ask(uuid, now)
        for witness in inquiry.witnesses:
            self.herald.doubt(witness, Word(uuid), now)
