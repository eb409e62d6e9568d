"""Discovery over TIPC without sockets and clock.

The topology service says that somebody bound an instance of the mesh's service, and where, and at once when
that ends; but an instance is only 32 bits. So whoever sees another's service sends an introduction to its
socket: one beacon, open or sealed, that carries the uuid and in a secret mesh proves the public key. Both
sides do, since both see each other. One that still lacks the other's introduction repeats its own, and a
repeated one is answered. An introduction counts when its uuid belongs to the instance that its sender binds.

As nothing is said about nodes that stay, their sightings are repeated here, for owners that were not ready
to believe the first. A node has left when the last of its sockets is withdrawn: whoever replays an
introduction at a socket of its own can so neither be talked to (it has no key) nor say goodbye for others.
Whose whole TIPC node is out of reach, which the kernel tells before it withdraws the sockets there, may still
live and be met by other ways.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from math import inf
from uuid import UUID

from covey.transports.tipc.address import SocketAddress, format_node
from covey.values import replace

from ..beacon.codec import Beacon
from ..beacon.codec_protocol import BeaconCodec
from ..sighting import Announcement, Sighting
from .names import MeshNames
from .statistics import TipcStatistics

__all__ = ["MAX_EARLY", "MAX_KNOWN", "TipcCore"]

MAX_KNOWN = 4096
"""Services kept; when there are more, the one that has been silent longest makes room, and without a silent
one the newcomer is refused."""
MAX_EARLY = 256
"""Introductions kept that overtook the publication of their sender; the oldest makes room."""
FIRST_RETRY = 0.5
LONGEST_RETRY = 30.0
ANSWER_GAP = 0.25
"""Seconds between introductions to one socket."""
MAX_DOWN = 4096
"""Nodes of the cluster that are remembered as out of reach."""
REPEAT = 1.0
"""Seconds between sightings of a node that stays."""
REPEATS_PER_SECOND = 500
"""Beyond it the interval grows."""


@dataclass(slots=True)
class _Neighbour:
    """One socket that is bound to our mesh's service."""

    instance: int
    sighting: Sighting | None = None
    """Set by its introduction."""
    sent_at: float = -inf
    retry_at: float = inf
    retry_delay: float = FIRST_RETRY


class TipcCore:
    """Publications, introductions and time in; introductions to send and sightings out.

    Args:
        announcement: of our own node.
        codec: of introductions.
        names: of the mesh's services.
    """

    def __init__(self, announcement: Announcement, codec: BeaconCodec, names: MeshNames) -> None:
        self._announcement = announcement
        self._codec = codec
        self._names = names
        self._own: SocketAddress | None = None
        self._neighbours: dict[SocketAddress, _Neighbour] = {}
        self._silent: dict[SocketAddress, None] = {}  # those not introduced, oldest first
        self._early: OrderedDict[SocketAddress, Beacon] = OrderedDict()
        self._sockets: dict[UUID, set[SocketAddress]] = {}
        self._down: OrderedDict[int, None] = OrderedDict()
        self._repeat_at = inf
        self._retry_at = inf
        self._outgoing: deque[tuple[bytes, SocketAddress]] = deque()
        self._sightings: deque[Sighting] = deque()
        self._counts = TipcStatistics()

    def start(self, own: SocketAddress) -> None:
        """Take our own discovery socket's address, which is published like the others'."""
        self._own = own

    def statistics(self) -> TipcStatistics:
        """Return the counters."""
        return replace(self._counts, known=len(self._sockets))

    # -- inputs

    def published(self, sender: SocketAddress, instance: int, now: float) -> None:
        """Note that a socket is bound to an instance of the mesh's service."""
        if sender == self._own or sender in self._neighbours:
            return
        if len(self._neighbours) >= MAX_KNOWN:
            self._count(refused=1)
            if not self._silent:
                return
            self.withdrawn(next(iter(self._silent)))
        self._count(published=1)
        neighbour = self._neighbours[sender] = _Neighbour(instance)
        self._silent[sender] = None
        self._introduce(sender, neighbour, now)
        beacon = self._early.pop(sender, None)
        if beacon is not None:
            self._introduced(sender, neighbour, beacon, now)

    def withdrawn(self, sender: SocketAddress) -> None:
        """Note that a socket is bound no more."""
        neighbour = self._neighbours.pop(sender, None)
        self._early.pop(sender, None)
        self._silent.pop(sender, None)
        if neighbour is None:
            return
        self._count(withdrawn=1)
        if neighbour.sighting is None:
            return
        uuid = neighbour.sighting.uuid
        sockets = self._sockets[uuid]
        sockets.discard(sender)
        if not sockets:
            del self._sockets[uuid]
            lost = sender.node in self._down
            self._sightings.append(replace(neighbour.sighting, endpoint=None, out_of_reach=lost))

    def node_up(self, node: int) -> None:
        """Note that a node of the cluster is within reach."""
        self._down.pop(node, None)

    def node_down(self, node: int) -> None:
        """Note that a node of the cluster is out of reach; its sockets are withdrawn next."""
        self._down[node] = None
        if len(self._down) > MAX_DOWN:
            self._down.popitem(last=False)

    def receive_datagram(self, data: bytes, sender: SocketAddress, now: float) -> None:
        """Take what arrived at the discovery socket."""
        beacon = self._codec.decode(data)
        if not isinstance(beacon, Beacon) or beacon.port == 0:
            self._count(foreign=1)
            return
        neighbour = self._neighbours.get(sender)
        if neighbour is not None:
            self._introduced(sender, neighbour, beacon, now)
            return
        self._early[sender] = beacon
        if len(self._early) > MAX_EARLY:
            self._early.popitem(last=False)

    def handle_timeout(self, now: float) -> None:
        """Repeat introductions that were not answered, and sightings."""
        if now >= self._retry_at:
            self._retry_at = inf
            for sender in self._silent:
                neighbour = self._neighbours[sender]
                if now >= neighbour.retry_at:
                    self._introduce(sender, neighbour, now)
                self._retry_at = min(self._retry_at, neighbour.retry_at)
        if now >= self._repeat_at:
            self._repeat_at = now + self._interval()
            self._sightings.extend(one.sighting for one in self._neighbours.values() if one.sighting)

    # -- outputs

    def next_timeout(self) -> float:
        """Return when `handle_timeout` is due, monotonic seconds; infinite when never."""
        return min(self._retry_at, self._repeat_at)

    def next_datagram(self) -> tuple[bytes, SocketAddress] | None:
        """Return what is to be sent next, and to which socket."""
        return self._outgoing.popleft() if self._outgoing else None

    def next_sighting(self) -> Sighting | None:
        """Return the next report."""
        return self._sightings.popleft() if self._sightings else None

    # -- inside

    def _introduced(self, sender: SocketAddress, neighbour: _Neighbour, beacon: Beacon, now: float) -> None:
        if self._names.instance(beacon.uuid) != neighbour.instance or beacon.uuid == self._announcement.uuid:
            self._count(foreign=1)
            return
        self._count(introduced=1)
        self._silent.pop(sender, None)
        if neighbour.sighting is not None:
            if neighbour.sighting.uuid == beacon.uuid and now >= neighbour.sent_at + ANSWER_GAP:
                self._introduce(sender, neighbour, now)
            return
        is_sealed = beacon.sequence is not None
        neighbour.sighting = Sighting(
            beacon.uuid,
            "tipc",
            self._names.mailbox(beacon.uuid, sender.node),
            public_key=beacon.public_key if is_sealed else None,
            claimed_key=None if is_sealed else beacon.public_key,
            source=format_node(sender.node),
        )
        self._sockets.setdefault(beacon.uuid, set()).add(sender)
        self._sightings.append(neighbour.sighting)
        self._repeat_at = min(self._repeat_at, now + self._interval())

    def _introduce(self, sender: SocketAddress, neighbour: _Neighbour, now: float) -> None:
        datagram = self._codec.encode(self._announcement, departing=False)
        self._outgoing.append((datagram, sender))
        self._count(sent=1)
        neighbour.sent_at = now
        if neighbour.sighting is None:
            neighbour.retry_at = now + neighbour.retry_delay
            neighbour.retry_delay = min(2 * neighbour.retry_delay, LONGEST_RETRY)
            self._retry_at = min(self._retry_at, neighbour.retry_at)

    def _interval(self) -> float:
        return max(REPEAT, len(self._neighbours) / REPEATS_PER_SECOND)

    def _count(self, **more: int) -> None:
        changes = {name: getattr(self._counts, name) + number for name, number in more.items()}
        self._counts = replace(self._counts, **changes)
