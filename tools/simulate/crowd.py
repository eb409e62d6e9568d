"""Nodes that speak, and share their ears: what makes ten thousand of them affordable.

All nodes of a half hear the same datagrams, so one `Audience` stands for theirs. When it hears a newcomer, all
who have no answer planned plan one, as each would have done alone. What a single one of them would have lost
on the way is not lost here, so it answers a newcomer that a real one would have missed.
"""

from __future__ import annotations

from uuid import UUID

from covey.discovery.beacon.audience import Audience
from covey.discovery.beacon.codec import OpenBeacon, encode
from covey.discovery.beacon.pace import BeaconSettings, Pace, phase_of
from covey.discovery.beacon.routes import Mode
from covey.discovery.sighting import Announcement

from .member import Datagrams

__all__ = ["Crowd", "Speaker"]


class Crowd:
    """The ear of one half of the segment."""

    def __init__(self, settings: BeaconSettings) -> None:
        self._settings = settings
        self._audience = Audience(settings.known)
        self._without_plan: dict[Speaker, None] = {}

    def hear(self, uuid: UUID, now: float) -> list[Speaker]:
        """Take a beacon; return who plans to answer it."""
        if not self._audience.heard(uuid, now):
            return []
        planning = [speaker for speaker in self._without_plan if speaker.uuid != uuid]
        for speaker in planning:
            del self._without_plan[speaker]
            speaker.pace.nodes_known(self._audience.regular, self._audience.total)
            speaker.pace.newcomer_heard(now)
        return planning

    def hear_goodbye(self, uuid: UUID) -> None:
        """Take a goodbye."""
        self._audience.left(uuid)

    def sent(self, speaker: Speaker, now: float) -> None:
        """Note that a node sent what it had planned."""
        patience = self._settings.forget_after * speaker.pace.interval
        self._audience.forget_silent(now, patience)
        speaker.pace.nodes_known(self._audience.regular, self._audience.total)
        self._without_plan[speaker] = None

    def left(self, speaker: Speaker) -> None:
        """Note that a node plans nothing any more."""
        self._without_plan.pop(speaker, None)


class Speaker:
    """The engines of a node that has its own pace, and hears by the crowd's ear."""

    __slots__ = ("_beacon", "_crowd", "_settings", "pace", "uuid")

    def __init__(self, announcement: Announcement, settings: BeaconSettings, crowd: Crowd) -> None:
        self.uuid = announcement.uuid
        self.pace = Pace(settings, phase_of(announcement.uuid))
        self._settings = settings
        self._crowd = crowd
        self._beacon = encode(OpenBeacon(announcement.uuid, announcement.port))

    def start(self, now: float) -> Datagrams:
        """Begin, on all ways."""
        self.pace.start(now)
        self.pace.is_due(now)
        self._crowd.sent(self, now)
        return [(Mode.BROADCAST, self._beacon), (Mode.MULTICAST_V4, self._beacon)]

    def handle_timeout(self, now: float) -> Datagrams:
        """Send a beacon if it is time."""
        if not self.pace.is_due(now):
            return []
        self._crowd.sent(self, now)
        return [(Mode.BROADCAST, self._beacon)]

    def leave(self) -> Datagrams:
        """Say goodbye on all ways, and fall silent."""
        self.pace.stop()
        self._crowd.left(self)
        goodbye = encode(OpenBeacon(self.uuid, 0))
        return self._settings.goodbyes * [(Mode.BROADCAST, goodbye), (Mode.MULTICAST_V4, goodbye)]

    def next_timeout(self) -> float:
        """Return when a beacon is due."""
        return self.pace.next_timeout()
