"""A node at work: its ports, its media, and its peers, connected or not. `Node` is its face.

Peers that announce themselves are known without a connection (`Acquaintances`); everything that connects is in
`Connections`, which is loaded and made when there is something to say, or somebody knocks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from covey.discovery.sighting import Announcement, Sighting
from covey.values import replace

from .company import Company
from .config import NodeConfig
from .doors import Doors
from .event_stream import EventHub
from .events import Entered, Event, Exited, Whisper
from .headers import SERVICE_WORD
from .late_contacts import LateContacts
from .media import Sources
from .medium import ListeningMedium, Medium, Surroundings
from .membership import Membership

if TYPE_CHECKING:
    from covey.discovery.announce.wire import Card
    from covey.discovery.liveness import Evidence

    from .connections import Connections
    from .examiner import Examiner
    from .guard import Guard
    from .mailroom import Mailroom
    from .ranker import Ranker
    from .services.desk import ServiceDesk
    from .zre.own import ClusterEndpoints

__all__ = ["Engine"]

_log = logging.getLogger(__name__)


class Engine:
    """Runs from `__aenter__` to `__aexit__`; must be entered and left in one task.

    Attributes:
        company: the peers.
        membership: the groups that we are in.
        doors: our ports.
        settled_at: loop time until which newcomers may be about to subscribe.
    """

    doors: Doors
    company: Company

    def __init__(self, config: NodeConfig, hub: EventHub) -> None:
        self.settled_at = 0.0
        self.membership = Membership()
        self.contacts = LateContacts(self._meet)
        self._ranker: Ranker | None = None
        self._config = config
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._stack = AsyncExitStack()
        self._trust = config.trust
        self._guard: Guard | None = None
        self._connections: Connections | None = None
        self._mailroom: Mailroom | None = None
        self._examiner: Examiner | None = None
        self._cluster: ClusterEndpoints | None = None
        self._addresses: list[str] = []
        self._desk: ServiceDesk | None = None

    # -- life

    async def __aenter__(self) -> Self:
        """Listen, announce the node, and begin to meet others.

        Raises:
            InterfaceError: an interface is unknown, or there is none to use.
            ResourceError: the system refuses: no permission, no free port.
        """
        async with AsyncExitStack() as stack:
            self._addresses = self._bound_addresses()
            self.doors = Doors(self._addresses)
            stack.callback(self.doors.close)
            self._sources = sources = Sources(self._config, self._surroundings(), self.sighted)
            media = await sources.choose()
            self._tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.push_async_callback(self._stop)
            self.company = Company(self._config, self)
            await self._listen_in_cluster(media)
            for door in self.doors.sockets:
                self._loop.add_reader(door.fileno(), self._knocked)
            if self._config.has_lasting_keys:
                self._knocked()
            self.settled_at = self._loop.time() + self._config.settle
            await sources.announce(stack, self._announcement(), media)
            stack.callback(self._say_goodbye)
            self._stack = stack.pop_all()
        return self

    async def ask(self, place: str) -> None:
        """Ask a hub or seed for the others from now on; asking twice is asking once.

        Raises:
            EndpointError: it cannot be read.
        """
        await self._sources.ask(self._stack, replace(self._announcement(), herald=None), place)

    def _surroundings(self) -> Surroundings:
        config = self._config
        return Surroundings(
            *(config.interfaces, self._trust.sealing() if self._trust else None, config.mesh, config.name),
            replayed=self._replayed if self._trust is not None else None,
            crowd=lambda: len(self.company),
            report=self._hub.emit,
        )

    @property
    def public_key(self) -> bytes | None:
        """Ours, 32 octets, where members must prove theirs."""
        return self._trust.keys.public_bytes if self._trust is not None else None

    @property
    def endpoint(self) -> str:
        """Our mailbox at the address that discovery would use first."""
        from covey.discovery.reach import own_address
        from covey.endpoint import TcpAddress

        addresses = self._bound_addresses()
        return f"tcp://{TcpAddress(addresses[0] if addresses else own_address(), self.doors.port)}"

    def _announcement(self) -> Announcement:
        # Who has a certificate that fits into no announcement is met by connecting.
        herald = self.company.herald if self._trust is None or self._trust.announces else None
        return Announcement(self._config.uuid, self.doors.port, self.public_key, herald=herald)

    def rank(self, endpoints: Sequence[str]) -> list[str]:
        """Return a peer's endpoints, the likeliest to be reached from here first."""
        if self._ranker is None:
            from .ranker import Ranker

            self._ranker = Ranker(self._config.interfaces)
        return self._ranker(endpoints)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, give the last messages a moment, and close everything; takes less than a second."""
        await self._stack.__aexit__(kind, error, trace)

    def _say_goodbye(self) -> None:
        if self._connections is not None:
            self._connections.core.say_goodbye()
            self._connections.transmit()

    async def _stop(self) -> None:
        self._leave_doors()
        if self._guard is not None:
            self._guard.stop()
        self.company.close()
        self._sources.close()
        if self._desk is not None:
            await self._desk.close()
        if self._examiner is not None:
            self._examiner.close()
        self.contacts.close()
        if self._connections is not None:
            await self._connections.close()
        elif self._mailroom is not None:
            await self._mailroom.close()
        self._hub.end()

    @property
    def is_settling(self) -> bool:
        """Whether newcomers may be about to subscribe."""
        return self._loop.time() < self.settled_at

    # -- trust

    @property
    def guard(self) -> Guard | None:
        """Of a protected mesh, made now if need be; None in an open one."""
        if self._guard is None and self._trust is not None:
            from .guard import Guard

            self._guard = Guard(self._trust, self._hub)
        return self._guard

    def not_listened_to(self, source: str, reason: str) -> None:
        """Take note of somebody whose announcements are not believed any more."""
        if self.guard is not None:
            self.guard.not_listened_to(source, reason)

    def permitted(self, card: Card, where: Sighting) -> Card:
        """Return what a node announces, without what it may not do."""
        if self._trust is None or not self._trust.restricts or self.guard is None:
            return card
        return self.guard.permitted(card, where)

    def _replayed(self, source: str) -> None:
        if self.guard is not None:
            self.guard.replayed(source)

    # -- connections

    @property
    def connections(self) -> Connections:
        """The connected half, made now if need be."""
        if self._connections is None:
            self._connections = self._make_connections()
            self._leave_doors()
            self._connections.serve(self.doors)
            # Whoever knocked while all this was loaded has as long to subscribe as a newcomer.
            self.settled_at = max(self.settled_at, self._loop.time() + self._config.settle)
            if self.guard is not None:
                self.guard.start(self._tasks, self)
            if self._trust is not None:
                for peer in self.company.peers():
                    self._connections.core.may_claim(peer.uuid, peer.public_key or b"")
            for peer in self.company.peers():
                self._connections.read_topics(peer)
        return self._connections

    @property
    def made_connections(self) -> Connections | None:
        """The connected half if it was needed already."""
        return self._connections

    def _make_connections(self) -> Connections:
        from .connections import Connections, own_node

        config = self._config
        if self._mailroom is None:
            self._mailroom = self._new_mailroom()
        own = own_node(config, self.doors, self._addresses, self._cluster, self.rank)
        return Connections(
            self._tasks,
            self._mailroom,
            own if self.guard is None else self.guard.protect(own),
            config,
            self.membership,
            self.happened,
            self.examine,
        )

    def _new_mailroom(self) -> Mailroom:
        from .mailroom import Mailroom

        room = Mailroom(self._trust.server_security() if self._trust else None)
        if self.guard is not None:
            self.guard.stand_at(room)
        return room

    def _knocked(self) -> None:
        """Be there for whoever comes."""
        self.connections  # noqa: B018 - makes them

    def _leave_doors(self) -> None:
        for door in self.doors.sockets:
            self._loop.remove_reader(door.fileno())

    def reach(self, uuid: UUID) -> Connections:
        """Connect to a peer if that was not done yet; return what carries messages to it."""
        connections = self.connections
        peer = self.company.connect(uuid, connections)
        if peer is not None and self._desk is not None:
            self._desk.introduce(peer)
        return connections

    @property
    def desk(self) -> ServiceDesk:
        """Services, made now if need be."""
        if self._desk is None:
            from .services.desk import ServiceDesk

            self._desk = ServiceDesk(self, self._tasks, self._hub)
        return self._desk

    @property
    def made_desk(self) -> ServiceDesk | None:
        """Services, if there was need of them already."""
        return self._desk

    def examine(self, uuid: UUID, endpoint: str, patience: float) -> None:
        """Find out whether somebody is at a mailbox."""
        if self._examiner is None:
            from .examiner import Examiner

            self._examiner = Examiner(self._tasks, self._examined)
        self._examiner.examine(uuid, endpoint, patience)

    def _examined(self, uuid: UUID, found: Evidence) -> None:
        self.company.evidence(uuid, found)
        if self._connections is not None:
            self._connections.evidence(uuid, found)

    # -- who we are

    def _bound_addresses(self) -> list[str]:
        pins = self._config.interfaces
        if not pins:
            return []
        from covey.discovery.interfaces import usable_interfaces

        return [one.address for one in usable_interfaces(pins) if one.family == 4 and one.address]

    async def _listen_in_cluster(self, media: Sequence[Medium]) -> None:
        medium = next((medium for medium in media if isinstance(medium, ListeningMedium)), None)
        if medium is not None:
            uuid = self._config.uuid
            self._mailroom = self._new_mailroom()
            bound = await self._mailroom.open_also(medium.places(uuid))
            self._cluster = medium.reached_at(uuid, bound)
            self._knocked()

    # -- what happens

    def join(self, group: str) -> None:
        """Enter a group."""
        self._regrouped(
            self._connections.core.join(group) if self._connections else self.membership.join(group)
        )

    def leave(self, group: str) -> None:
        """Leave a group."""
        self._regrouped(
            self._connections.core.leave(group) if self._connections else self.membership.leave(group)
        )

    def _regrouped(self, changed: bool) -> None:  # noqa: FBT001 - what join and leave return
        if changed:
            self.company.regrouped(self.membership)
        if self._connections is not None:
            self._connections.transmit()

    def sighted(self, sighting: Sighting) -> None:
        """Take a medium's report."""
        key = sighting.public_key
        if self._trust is not None and key is not None and not self._trust.sighted(sighting.uuid, key):
            return
        # What one medium cannot reach any more is not forgotten: others may.
        if (self._trust is None or key is not None) and not sighting.out_of_reach:
            self.contacts.sighted(sighting, self._loop.time())
        self._meet(sighting)

    def _meet(self, sighting: Sighting) -> None:
        if sighting.uuid == self._config.uuid or self.company.sighted(sighting):
            return
        if sighting.endpoint is not None or self._connections is not None:
            self.connections.sighted(sighting)

    def admits(self, uuid: UUID, public_key: bytes | None) -> bool:
        """Let in a node that proved to be there, if it is what it says."""
        if self._trust is None:
            return True
        if public_key is None:
            return False
        if self._connections is not None and not self._connections.core.may_claim(uuid, public_key):
            return False
        return self._trust.sighted(uuid, public_key)

    def happened(self, event: Event) -> None:
        """Take what the core reports."""
        if self.guard is not None and self.guard.handles(event):
            return
        if isinstance(event, Whisper) and len(event.frames) > 1 and event.frames[0] == SERVICE_WORD:
            self.desk.heard(event)
            return
        for news in self.company.reconcile(event):
            self.tell(news)
        if isinstance(event, Entered) and self._desk is not None:
            self._desk.introduce(event.peer)

    def tell(self, event: Event) -> None:
        """Tell an event to all who listen."""
        if isinstance(event, Entered):
            self._sources.entered(event.peer)
            if self._connections is None or self._connections.read_topics(event.peer):
                self.settled_at = self._loop.time() + self._config.settle
        elif isinstance(event, Exited):
            self._sources.exited(event.peer.uuid)
            if self._connections is not None:
                self._connections.topics.peer_exited(event.peer.uuid)
        if self._guard is not None:
            self._guard.told(event)
        if self._desk is not None:
            self._desk.happened(event)
        self.contacts.happened(event, self._loop.time())
        self._hub.emit(event)
