"""Everybody who was ever seen: one record per node, whatever media and interfaces reported it.

A sans-I/O core: sightings and the owner's verdicts go in, changes come out. Nothing here is proof.
A sighting says where a node may be; only the owner's `node_connected` makes it a node that floods of
invented ones cannot push out.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Mapping
from uuid import UUID

from covey.values import frozen

from .sighting import Sighting

__all__ = ["Change", "ChangeKind", "Directory", "NodeRecord", "Whereabouts"]

_ENDPOINTS_PER_NODE = 8
"""Different endpoints remembered of one node; the one reported longest ago is forgotten."""


class ChangeKind(enum.Enum):
    """What happened to a record."""

    APPEARED = "appeared"
    """First report of this node."""
    MOVED = "moved"
    """A further endpoint, key or header of a node that is known."""
    DEPARTED = "departed"
    """It said goodbye; the record is gone unless the owner is connected."""
    FORGOTTEN = "forgotten"
    """Pushed out by others, or silent for long."""
    SUPERSEDED = "superseded"
    """Another node is at its only endpoint now: the program there was restarted."""
    CONFLICT = "conflict"
    """Somebody else proved another key under the same uuid; what that one said was not taken over."""
    NAMESAKE = "namesake"
    """Another connected node calls itself the same. Both stay: names are for people."""


@frozen
class Whereabouts:
    """One way to a node."""

    endpoint: str
    via: str
    """The medium that reported it last."""
    interface: str | None
    seen: float
    """When it was reported last. Monotonic seconds."""


@frozen
class NodeRecord:
    """What is known of one node."""

    uuid: UUID
    whereabouts: tuple[Whereabouts, ...]
    """Newest endpoint last."""
    public_key: bytes | None
    """The first key that was proven; later ones do not replace it."""
    claimed_key: bytes | None
    headers: Mapping[str, str]
    via: tuple[str, ...]
    """Every medium that reported it, in order of the first report."""
    first_seen: float
    last_seen: float
    """Monotonic seconds."""
    is_connected: bool
    name: str = ""
    """As it called itself when the owner was connected; empty before."""


@frozen
class Change:
    """One change and the record after it (before it, for departures)."""

    kind: ChangeKind
    record: NodeRecord


class _Entry:
    """The record while it grows."""

    __slots__ = (
        *("claimed_key", "first_seen", "headers", "is_connected", "last_seen", "name", "public_key", "uuid"),
        *("via", "whereabouts"),
    )

    def __init__(self, uuid: UUID, now: float) -> None:
        self.uuid = uuid
        self.first_seen = self.last_seen = now
        self.public_key: bytes | None = None
        self.claimed_key: bytes | None = None
        self.headers: Mapping[str, str] = {}
        self.via: tuple[str, ...] = ()
        self.whereabouts: OrderedDict[str, Whereabouts] = OrderedDict()
        self.is_connected = False
        self.name = ""

    def record(self) -> NodeRecord:
        return NodeRecord(
            uuid=self.uuid,
            whereabouts=tuple(self.whereabouts.values()),
            public_key=self.public_key,
            claimed_key=self.claimed_key,
            headers=self.headers,
            via=self.via,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            is_connected=self.is_connected,
            name=self.name,
        )

    def merge(self, sighting: Sighting, now: float) -> bool:
        """Take what a sighting says; return whether anything but the time is new."""
        self.last_seen = now
        endpoint = sighting.endpoint
        is_new = endpoint is not None and endpoint not in self.whereabouts
        if endpoint is not None:
            self.whereabouts[endpoint] = Whereabouts(endpoint, sighting.via, sighting.interface, now)
            self.whereabouts.move_to_end(endpoint)
        if sighting.via not in self.via:
            self.via += (sighting.via,)
        if self.public_key is None and sighting.public_key is not None:
            self.public_key = sighting.public_key
            is_new = True
        if self.claimed_key is None:
            self.claimed_key = sighting.claimed_key
        if sighting.headers and sighting.headers != self.headers:
            self.headers = dict(sighting.headers)
            is_new = True
        return is_new


class Directory:
    """The records of one node's world.

    Args:
        limit: records kept; connected nodes are never pushed out, of the others the one seen longest ago is.
        patience: seconds of silence after which a node that was never connected is forgotten.
    """

    def __init__(self, limit: int = 20_000, patience: float = 300.0) -> None:
        self._limit = limit
        self._patience = patience
        self._connected: dict[UUID, _Entry] = {}
        self._others: OrderedDict[UUID, _Entry] = OrderedDict()
        self._holders: dict[str, UUID] = {}
        self._named: dict[str, set[UUID]] = {}
        """Connected nodes by name."""
        self._refused = 0

    def __len__(self) -> int:
        return len(self._connected) + len(self._others)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._connected or uuid in self._others

    @property
    def refused(self) -> int:
        """Sightings of unknown nodes that found no room."""
        return self._refused

    def get(self, uuid: UUID) -> NodeRecord | None:
        """Return what is known of a node."""
        entry = self._connected.get(uuid) or self._others.get(uuid)
        return entry.record() if entry else None

    def records(self) -> list[NodeRecord]:
        """Return every record."""
        return [entry.record() for entry in (*self._connected.values(), *self._others.values())]

    def receive_sighting(self, sighting: Sighting, now: float) -> list[Change]:
        """Take a report; return what it changed."""
        if sighting.is_departure:
            return self._depart(sighting.uuid)
        entry = self._connected.get(sighting.uuid) or self._others.get(sighting.uuid)
        if entry is None:
            return self._appear(sighting, now)
        if entry.public_key is not None and sighting.public_key not in (None, entry.public_key):
            return [Change(ChangeKind.CONFLICT, entry.record())]
        if not entry.is_connected:
            self._others.move_to_end(entry.uuid)
        if not entry.merge(sighting, now):
            return []
        if len(entry.whereabouts) > _ENDPOINTS_PER_NODE:
            endpoint, _ = entry.whereabouts.popitem(last=False)
            if self._holders.get(endpoint) == entry.uuid:
                del self._holders[endpoint]
        return [*self._settle(sighting), Change(ChangeKind.MOVED, entry.record())]

    def node_connected(self, uuid: UUID, name: str = "") -> list[Change]:
        """Take the owner's word that this node proved itself, and calls itself so; unknown ones are ignored."""
        entry = self._others.pop(uuid, None)
        if entry is None:
            return []
        entry.is_connected = True
        entry.name = name
        self._connected[uuid] = entry
        if not name:
            return []
        bearers = self._named.setdefault(name, set())
        bearers.add(uuid)
        return [Change(ChangeKind.NAMESAKE, entry.record())] if len(bearers) > 1 else []

    def node_disconnected(self, uuid: UUID, now: float) -> None:
        """Take the owner's word that the connection is gone; the record stays for `patience`."""
        entry = self._connected.pop(uuid, None)
        if entry is not None:
            self._unname(entry)
            entry.is_connected = False
            entry.last_seen = now
            self._others[uuid] = entry

    def node_departed(self, uuid: UUID) -> list[Change]:
        """Take the owner's word that the node left for good."""
        entry = self._connected.pop(uuid, None) or self._others.pop(uuid, None)
        if entry is None:
            return []
        self._unname(entry)
        self._release(entry)
        return [Change(ChangeKind.DEPARTED, entry.record())]

    def handle_timeout(self, now: float) -> list[Change]:
        """Forget who was silent for long."""
        changes: list[Change] = []
        while self._others:
            entry = next(iter(self._others.values()))
            if now - entry.last_seen <= self._patience:
                break
            del self._others[entry.uuid]
            self._release(entry)
            changes.append(Change(ChangeKind.FORGOTTEN, entry.record()))
        return changes

    def next_timeout(self) -> float | None:
        """Return when `handle_timeout` has something to do, or None. Monotonic seconds."""
        entry = next(iter(self._others.values()), None)
        return entry.last_seen + self._patience if entry else None

    def _appear(self, sighting: Sighting, now: float) -> list[Change]:
        """Make a record, and room for it."""
        changes: list[Change] = []
        if len(self) >= self._limit:
            if not self._others:
                self._refused += 1
                return []
            _, pushed_out = self._others.popitem(last=False)
            self._release(pushed_out)
            changes.append(Change(ChangeKind.FORGOTTEN, pushed_out.record()))
        entry = _Entry(sighting.uuid, now)
        entry.merge(sighting, now)
        self._others[sighting.uuid] = entry
        changes.extend(self._settle(sighting))
        changes.append(Change(ChangeKind.APPEARED, entry.record()))
        return changes

    def _settle(self, sighting: Sighting) -> list[Change]:
        """Note who is at an endpoint now; a node that was there alone, unconnected, is there no more."""
        endpoint = sighting.endpoint
        if endpoint is None:
            return []
        former = self._others.get(self._holders.get(endpoint, sighting.uuid))
        self._holders[endpoint] = sighting.uuid
        if former is None or former.uuid == sighting.uuid:
            return []
        former.whereabouts.pop(endpoint, None)
        if former.whereabouts:
            return []
        del self._others[former.uuid]
        return [Change(ChangeKind.SUPERSEDED, former.record())]

    def _unname(self, entry: _Entry) -> None:
        """Note that a node is not connected under its name any more."""
        bearers = self._named.get(entry.name)
        if bearers is not None:
            bearers.discard(entry.uuid)
            if not bearers:
                del self._named[entry.name]

    def _release(self, entry: _Entry) -> None:
        """Forget that a node was at its endpoints."""
        for endpoint in entry.whereabouts:
            if self._holders.get(endpoint) == entry.uuid:
                del self._holders[endpoint]

    def _depart(self, uuid: UUID) -> list[Change]:
        """Forget a node that said goodbye, unless the owner is connected: then the owner decides."""
        entry = self._connected.get(uuid)
        if entry is not None:
            return [Change(ChangeKind.DEPARTED, entry.record())]
        return self.node_departed(uuid)
