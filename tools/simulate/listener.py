"""A node that is simulated whole: the beacon's engine, the directory and the judge, as in a real node."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from covey.discovery.beacon.codec import OpenBeacons
from covey.discovery.beacon.core import BeaconCore
from covey.discovery.beacon.pace import BeaconSettings
from covey.discovery.beacon.routes import Mode, plan_routes
from covey.discovery.directory import ChangeKind, Directory
from covey.discovery.interface_table import Flag, Hardware, Interface
from covey.discovery.liveness import (
    Evidence,
    LivenessJudge,
    LivenessSettings,
    Request,
    State,
    StateChange,
)
from covey.discovery.sighting import Announcement

__all__ = ["BUFFER", "Listener"]

BUFFER = 1300
"""Datagrams that wait in the kernel: a receive buffer of a MiB with its overhead."""
_READING = 25_000.0
"""Datagrams that a node reads in a second."""
_INTERVALS_OF_SILENCE = 4.0
"""Of the longest interval between beacons, after which anybody is suspected."""

_FLAGS = Flag.UP | Flag.BROADCAST | Flag.MULTICAST
_INTERFACE = Interface("eth0", 2, _FLAGS, Hardware.ETHERNET, 4, "10.0.0.1", 8)
_ROUTES = plan_routes([_INTERFACE], list(Mode))
"""What a node with IPv4 has: broadcast and a multicast group."""


class Listener:
    """One node.

    Args:
        announcement: what it says.
        settings: of its beacon.
        on_request: told what the judge wants done or known.
    """

    def __init__(
        self, announcement: Announcement, settings: BeaconSettings, on_request: Callable[[Request], None]
    ) -> None:
        self.core = BeaconCore(announcement, OpenBeacons(), settings)
        self.directory = Directory()
        self.judge = LivenessJudge(
            LivenessSettings(ceiling=_INTERVALS_OF_SILENCE * settings.longest_interval)
        )
        self.view: set[UUID] = set()
        """Who is there, as far as it knows."""
        self.overrun = 0
        """Datagrams that its buffer had no room for."""
        self._on_request = on_request
        self._backlog = 0.0
        self._read_at = 0.0

    def receive(self, datagram: bytes, source: str, now: float, mode: Mode) -> None:
        """Take a datagram, or lose it when too many came at once."""
        self._backlog = max(0.0, self._backlog - (now - self._read_at) * _READING) + 1
        self._read_at = now
        if self._backlog > BUFFER:
            self._backlog -= 1
            self.overrun += 1
            return
        sighting = self.core.receive_datagram(datagram, source, "eth0", now, mode)
        if sighting is None:
            return
        changes = self.directory.receive_sighting(sighting, now)
        for change in changes:
            if change.kind in (ChangeKind.DEPARTED, ChangeKind.FORGOTTEN, ChangeKind.SUPERSEDED):
                self._lose(change.record.uuid)
        if not sighting.is_departure:
            self.judge.heard(sighting.uuid, now)
            self.judge.watch(sighting.uuid, now)
            self.view.add(sighting.uuid)
        self._settle()

    def start(self, now: float) -> list[tuple[Mode, bytes]]:
        """Begin, on all ways."""
        self.core.start(_ROUTES, now)
        return self._outgoing()

    def handle_timeout(self, now: float) -> list[tuple[Mode, bytes]]:
        """Do what is due."""
        self.core.handle_timeout(now)
        self.judge.expect(self.core.interval)
        self.directory.handle_timeout(now)
        self.judge.handle_timeout(now)
        self._settle()
        return self._outgoing()

    def leave(self) -> list[tuple[Mode, bytes]]:
        """Say goodbye on all ways, and fall silent."""
        self.core.leave()
        return self._outgoing()

    def evidence(self, uuid: UUID, found: Evidence, now: float, age: float = 0.0) -> None:
        """Take what was found out about a node."""
        self.judge.evidence(uuid, found, now, age)
        self._settle()

    def next_timeout(self) -> float:
        """Return when `handle_timeout` is due."""
        return min(self.core.next_timeout(), self.judge.next_timeout())

    def _outgoing(self) -> list[tuple[Mode, bytes]]:
        return [(route.mode, datagram) for route, datagram in self.core.datagrams_to_send()]

    def _settle(self) -> None:
        while (request := self.judge.next_request()) is not None:
            if isinstance(request, StateChange) and request.state is State.GONE:
                self.view.discard(request.uuid)
                self.directory.node_departed(request.uuid)
            self._on_request(request)

    def _lose(self, uuid: UUID) -> None:
        self.view.discard(uuid)
        self.judge.forget(uuid)
