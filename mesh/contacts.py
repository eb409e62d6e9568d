"""Everybody a node ever heard of, and the trying again where no medium reports a lost peer anew.

A beacon repeats itself, so a peer that was lost is met again. Gossip, seeds and records tell of a node once:
whoever was found so and is lost without a goodbye is tried again, at growing intervals, as long as the
directory remembers it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

from covey.discovery.directory import Change, ChangeKind, Directory, NodeRecord
from covey.discovery.sighting import Sighting

from .change_stream import ChangeHub
from .events import Entered, Event, Exited
from .peers import Peer

__all__ = ["Contacts"]

_log = logging.getLogger(__name__)
_REPEATING = frozenset({"beacon", "tipc"})
"""Media that report a node again by themselves."""
_BESIDE = frozenset({"hello", "mdns"})
"""What reports nobody whom a repeating medium does not: the node itself, and a medium of the same link."""
_FOR_GOOD = frozenset(
    {"goodbye", "withdrawn", "replaced", "removed", "unpinned", "revoked", "certificate expired"}
)
"""Reasons for which a peer is gone and not tried again."""
_FIRST_RETRY = 2.0
_LONGEST_RETRY = 60.0
"""Seconds; each try waits twice as long as the one before."""
_RETRIES = 1024
"""Lost nodes that are tried again at the same time."""
_LEAST_NAP = 1.0
"""Seconds between looks at who was silent for long."""


class Contacts:
    """The directory of one node, kept by what its media and its mesh core say.

    Args:
        meet: takes a sighting of a lost node, to try it again.
        changes: told of what changes.
    """

    def __init__(self, meet: Callable[[Sighting], None], changes: ChangeHub) -> None:
        self.directory = Directory()
        self._meet = meet
        self._changes = changes
        self._retries: dict[UUID, tuple[asyncio.TimerHandle, float]] = {}
        self._loop = asyncio.get_running_loop()
        self._sweep: asyncio.TimerHandle | None = None

    def sighted(self, sighting: Sighting, now: float) -> None:
        """Take a report that is believed as far as reports are."""
        changes = self.directory.receive_sighting(sighting, now)
        # whether a connected peer is gone is for the mesh to say
        self._tell(
            [one for one in changes if one.kind is not ChangeKind.DEPARTED or not one.record.is_connected]
        )
        if self._sweep is None:
            self._plan_sweep(now)

    def happened(self, event: Event, now: float) -> None:
        """Take what the mesh says of a peer."""
        if isinstance(event, Entered):
            peer = event.peer
            self._forget_retry(peer.uuid)
            hello = Sighting(peer.uuid, "hello", peer.endpoint, peer.public_key, headers=peer.headers)
            self.sighted(hello, now)
            self._tell(self.directory.node_connected(peer.uuid, peer.name))
        elif isinstance(event, Exited):
            self._exited(event.peer, event.reason, now)

    def close(self) -> None:
        """Try nobody any more."""
        for handle, _ in self._retries.values():
            handle.cancel()
        self._retries.clear()
        if self._sweep is not None:
            self._sweep.cancel()

    def _exited(self, peer: Peer, reason: str, now: float) -> None:
        if reason in _FOR_GOOD:
            self._tell(self.directory.node_departed(peer.uuid))
            return
        self.directory.node_disconnected(peer.uuid, now)
        if reason != "restarted":
            self._plan_retry(peer.uuid, _FIRST_RETRY)

    def _plan_retry(self, uuid: UUID, pause: float) -> None:
        record = self.directory.get(uuid)
        if record is None or _repeats(record) or len(self._retries) >= _RETRIES:
            return
        self._retries[uuid] = (self._loop.call_later(pause, self._retry, uuid, pause), pause)

    def _retry(self, uuid: UUID, pause: float) -> None:
        del self._retries[uuid]
        record = self.directory.get(uuid)
        if record is None or record.is_connected:
            return
        _log.debug("trying %s again", uuid)
        self._plan_retry(uuid, min(2 * pause, _LONGEST_RETRY))
        for sighting in _sightings(record):
            self._meet(sighting)

    def _forget_retry(self, uuid: UUID) -> None:
        if (retry := self._retries.pop(uuid, None)) is not None:
            retry[0].cancel()

    def _plan_sweep(self, now: float) -> None:
        due = self.directory.next_timeout()
        self._sweep = (
            None if due is None else self._loop.call_at(max(due, now + _LEAST_NAP), self._sweep_silent)
        )

    def _sweep_silent(self) -> None:
        now = self._loop.time()
        self._tell(self.directory.handle_timeout(now))
        self._plan_sweep(now)

    def _tell(self, changes: list[Change]) -> None:
        for change in changes:
            if change.kind is ChangeKind.DEPARTED:
                self._forget_retry(change.record.uuid)
            elif change.kind is ChangeKind.CONFLICT:
                _log.warning("two nodes claim to be %s; the first one is believed", change.record.uuid)
            elif change.kind is ChangeKind.NAMESAKE:
                _log.warning("there is more than one node named %s", change.record.name)
            self._changes.emit(change)


def _repeats(record: NodeRecord) -> bool:
    """Whether a node will be reported again by itself as soon as it can be reached again."""
    via = _REPEATING.intersection(record.via)
    return bool(via) and via.union(_BESIDE).issuperset(record.via)


def _sightings(record: NodeRecord) -> list[Sighting]:
    """Return what its media would say if they repeated themselves, newest endpoint first."""
    return [
        Sighting(record.uuid, place.via, place.endpoint, record.public_key)
        for place in reversed(record.whereabouts)
    ]
