"""Nodes that speak, and share their ears: what makes ten thousand of them affordable.

All nodes of a half hear the same datagrams, so one `Audience` stands for theirs: it tells how many they know, and
when anybody was heard last. Each has its own pace, and its own herald for what it exchanges with the nodes that
are simulated whole. What it would exchange with all others of the crowd is not simulated, but the time that it
takes is: a node asks only so many newcomers a second (`Attention`).
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from covey.discovery.announce.constants import PREFIX, QUESTIONS
from covey.discovery.announce.herald import Herald
from covey.discovery.announce.open_sealing import OpenSealing
from covey.discovery.announce.place import Place
from covey.discovery.announce.wire import Card, Word
from covey.discovery.beacon.audience import Audience
from covey.discovery.beacon.codec import OpenBeacon, encode
from covey.discovery.beacon.constants import BEACON_EVERY
from covey.discovery.beacon.pace import BeaconSettings, Pace, phase_of
from covey.discovery.beacon.routes import Mode
from covey.values import replace

from .traffic import PORT, Traffic

__all__ = ["Crowd", "Speaker"]

_SILENT = 1.8
"""Intervals after which a silent node is called evasive."""


class Crowd:
    """The ear of one half of the segment."""

    def __init__(self, settings: BeaconSettings) -> None:
        self._settings = settings
        self._audience = Audience(settings.known)
        self._heard: dict[UUID, float] = {}
        self.newcomers = 0
        """That were ever heard."""

    @property
    def size(self) -> int:
        """How many are known."""
        return self._audience.total

    def hear(self, uuid: UUID, now: float) -> None:
        """Take what somebody shouts."""
        self.newcomers += self._audience.heard(uuid, now)
        self._audience.heard(uuid, now)  # announcements count at once; beacons alone would have to come twice
        self._heard[uuid] = now

    def hear_goodbye(self, uuid: UUID) -> None:
        """Take a goodbye."""
        self._audience.left(uuid)
        self._heard.pop(uuid, None)

    def last_heard(self, uuid: UUID) -> float | None:
        """Return when a node was heard last."""
        return self._heard.get(uuid)

    def forget_silent(self, now: float, interval: float) -> None:
        """Drop who was silent for long."""
        self._audience.forget_silent(now, self._settings.forget_after * interval)


class Attention:
    """How many of the newcomers that come at once a node has the time to ask.

    Args:
        rate: that it asks in a second.
        most: that it asks at once after a rest.
    """

    __slots__ = ("_at", "_left", "_most", "_rate", "_waiting")

    def __init__(self, rate: float, most: float) -> None:
        self._rate = rate
        self._left = self._most = most
        self._waiting = self._at = 0.0

    def share(self, newcomers: int, now: float) -> float:
        """Return which share of all that wait to be asked, these newcomers among them, is asked now; 0 to 1."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        self._waiting += newcomers
        asked = min(self._left, self._waiting)
        share = asked / self._waiting if self._waiting else 1.0
        self._left -= asked
        self._waiting -= asked
        return share


class Speaker:
    """The engines of a node that has its own pace, and hears by the crowd's ear. Implements `Hearing`.

    Args:
        uuid: its own.
        settings: of its beacon.
        crowd: whose ear it has.
        random: source of tokens.
        chance: returns a number from 0 to below 1.
    """

    def __init__(
        self,
        uuid: UUID,
        settings: BeaconSettings,
        crowd: Crowd,
        random: Callable[[int], bytes],
        chance: Callable[[], float],
    ) -> None:
        self.uuid = uuid
        self.pace = Pace(settings, phase_of(uuid))
        self._settings = settings
        self._crowd = crowd
        self._chance = chance
        self._beacon = encode(OpenBeacon(uuid, PORT))
        self._card = Card("", PORT, 0, "simulated")
        self._herald = Herald(uuid, OpenSealing(), self, 1, random, is_open=True)
        self._herald.update(self._card)
        self._attention = Attention(*QUESTIONS)
        self._noted = 0
        self._turn = -1
        self._now = 0.0

    def start(self, now: float) -> Traffic:
        """Begin, on all ways."""
        self.pace.start(now)
        self.pace.is_due(now)
        said = self._herald.announcement(now), self._beacon
        return Traffic([(mode, one) for one in said for mode in (Mode.BROADCAST, Mode.MULTICAST_V4)])

    def handle_timeout(self, now: float) -> Traffic:
        """Send what is due."""
        self._now = now
        shouted = []
        if self.pace.is_due(now):
            self._count(now)
            self._turn += 1
            mode = Mode.MULTICAST_V4 if self._turn % 2 else Mode.BROADCAST
            shouted.append((mode, self._herald.announcement(now)))
            if self._turn % BEACON_EVERY == 0 or self.pace.interval <= self._settings.interval:
                shouted.append((mode, self._beacon))
        self._herald.handle_timeout(now)
        return Traffic(shouted, self._herald.datagrams_to_send())

    def receive(self, datagram: bytes, place: Place, now: float, mode: Mode) -> Traffic:
        """Take a datagram of a node that is simulated whole."""
        self._now = now
        if datagram.startswith(PREFIX) and self._attends(now):
            self._herald.receive(datagram, place, now)
        return Traffic((), self._herald.datagrams_to_send())

    def leave(self) -> Traffic:
        """Say goodbye on all ways, and fall silent."""
        self.pace.stop()
        goodbye = encode(OpenBeacon(self.uuid, 0))
        return Traffic(self._settings.goodbyes * [(Mode.BROADCAST, goodbye), (Mode.MULTICAST_V4, goodbye)])

    def next_timeout(self) -> float:
        """Return when something is due."""
        return min(self.pace.next_timeout(), self._herald.next_timeout())

    def _count(self, now: float) -> None:
        self._crowd.forget_silent(now, self.pace.interval)
        self.pace.nodes_known(self._crowd.size, self._crowd.size)
        if self._card.interval != self.pace.interval:
            self._card = replace(self._card, interval=self.pace.interval)
            self._herald.update(self._card)

    def _attends(self, now: float) -> bool:
        """Whether there is time for this one among all newcomers that came with it."""
        newcomers, self._noted = self._crowd.newcomers - self._noted, self._crowd.newcomers
        return self._chance() < self._attention.share(newcomers, now)

    # -- what the herald says

    def met(self, uuid: UUID, card: Card, place: Place, *, partial: bool) -> bool:
        """Take a node that proved to be there."""
        return True

    def moved(self, uuid: UUID, card: Card, place: Place) -> None:
        """Take the new address of a node that was met."""

    def relocated(self) -> None:
        """Take that an address of ours is gone; none ever is here."""

    def heard(self, uuid: UUID, card: Card | None, *, partial: bool) -> None:
        """Take a sign of life."""

    def doubted(self, witness: UUID, word: Word) -> None:
        """Tell when the crowd heard a node, unless it would be called evasive by now."""
        heard_at = self._crowd.last_heard(word.uuid)
        if heard_at is not None and self._now - heard_at < _SILENT * self.pace.interval:
            self._herald.vouch(witness, Word(word.uuid, self._now - heard_at), self._now)

    def vouched(self, witness: UUID, word: Word) -> None:
        """Take a member's word for another one."""
