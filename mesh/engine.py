"""A node at work: sockets, media and tasks around the ZRE core. `Node` is its face."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from covey.discovery.liveness import Evidence
from covey.discovery.sighting import Announcement, Sighting
from covey.endpoint import TcpAddress, parse_tcp
from covey.errors import EndpointError, InterfaceError
from covey.security.mechanism import Security
from covey.values import frozen

from .addresses import OwnAddresses
from .change_stream import ChangeHub
from .contacts import Contacts
from .discover import Discover
from .event_stream import EventHub
from .events import Entered, Event, Exited
from .examiner import Examiner
from .introductions import Introductions
from .mailroom import Mailroom
from .media import LateMedium, ListeningMedium, Medium, Surroundings, usual_media
from .peers import Peer
from .ranker import Ranker
from .switchboard import Switchboard
from .topic_reader import TopicReader
from .zre.actions import Examine
from .zre.constants import HEADER_KEY, HEADER_TOPICS
from .zre.core import ZreCore
from .zre.own import ClusterEndpoints, OwnNode
from .zre.reachable import is_reachable
from .zre.timings import Timings

if TYPE_CHECKING:
    from .guard import Guard
    from .trust import Trust

__all__ = ["Engine", "NodeConfig"]

_log = logging.getLogger(__name__)
_BATCH = 256


@frozen
class NodeConfig:
    """What a node is told to be."""

    uuid: UUID
    name: str
    mesh: str
    trust: Trust | None
    """None for an open mesh."""
    interfaces: tuple[str, ...]
    """Names or addresses; empty for every sensible one."""
    headers: Mapping[str, str]
    timings: Timings
    settle: float
    """Seconds for which newcomers may take to subscribe."""
    discover: Discover
    media: tuple[Medium, ...] | None
    """None for those that `discover` says."""


class Engine:
    """Runs from `__aenter__` to `__aexit__`; must be entered and left in one task.

    Attributes:
        core: the protocol. Call `transmit` after each call of it.
        settled_at: loop time until which newcomers may be about to subscribe.
    """

    core: ZreCore
    mailroom: Mailroom
    topics: TopicReader
    switchboard: Switchboard

    def __init__(self, config: NodeConfig, hub: EventHub) -> None:
        self.settled_at = 0.0
        self._config = config
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._stack = AsyncExitStack()
        self._timer: asyncio.TimerHandle | None = None
        self._trust = config.trust
        self.guard: Guard | None = None
        """Of a protected mesh."""
        if config.trust is not None:
            from .guard import Guard

            self.guard = Guard(config.trust, hub)
        self._introductions = Introductions()
        self.changes = ChangeHub()
        self.contacts = Contacts(self._meet, self.changes)
        self.rank = Ranker(config.interfaces)
        self._asked: set[str] = set()

    # -- life

    async def __aenter__(self) -> Self:
        """Listen, announce the node, and begin to meet others.

        Raises:
            InterfaceError: an interface is unknown, or there is none to use.
            ResourceError: the system refuses: no permission, no free port.
        """
        async with AsyncExitStack() as stack:
            self.mailroom = Mailroom(self._trust.server_security() if self._trust else None)
            if self.guard is not None:
                self.guard.stand_at(self.mailroom)
            stack.push_async_callback(self.mailroom.close)
            addresses = self._bound_addresses()
            await self.mailroom.open(addresses)
            media = await self._choose_media()
            cluster = await self._listen_in_cluster(media)
            offset = time.time() - self._loop.time()
            self.core = ZreCore(self._own(addresses, cluster), self._config.timings, wall_offset=offset)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.push_async_callback(self._stop, self._start(tasks))
            await self._announce(stack, media)
            stack.callback(self._say_goodbye)
            self._stack = stack.pop_all()
        return self

    def _start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        guard, name = self.guard, self._config.name
        routing_id = b"\x01" + self._config.uuid.bytes
        self.topics = TopicReader(
            tasks, self._security_for, guard.may_hear if guard is not None and guard.restricts else None
        )
        self.switchboard = Switchboard(
            tasks, routing_id, self._security_for, self._link_changed, self.core.abandon
        )
        self._examiner = Examiner(tasks, self._examined)
        if guard is not None:
            guard.start(tasks, self)
        return [
            tasks.create_task(self._read_mailbox(), name=f"mailbox of {name}"),
            tasks.create_task(self.mailroom.publisher.drain(), name=f"subscriptions to {name}"),
        ]

    async def _choose_media(self) -> tuple[Medium, ...]:
        config = self._config
        if config.media is not None:
            return config.media
        return await usual_media(config.discover, self._surroundings())

    def _surroundings(self) -> Surroundings:
        config = self._config
        return Surroundings(
            config.interfaces,
            self._trust.sealing() if self._trust is not None else None,
            config.mesh,
            config.name,
            replayed=self.guard.replayed if self.guard is not None else None,
            crowd=lambda: len(self.core.peers()),
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

        addresses = self._bound_addresses()
        return f"tcp://{TcpAddress(addresses[0] if addresses else own_address(), self.mailroom.port)}"

    def _announcement(self) -> Announcement:
        return Announcement(self._config.uuid, self.mailroom.port, self.public_key)

    async def _announce(self, stack: AsyncExitStack, media: Sequence[Medium]) -> None:
        announcement = self._announcement()
        self.settled_at = self._loop.time() + self._config.settle
        failure: InterfaceError | None = None
        working = 0
        for medium in media:
            try:
                source = await stack.enter_async_context(medium(announcement, self.sighted))
                self._introductions.add(source)
                working += not isinstance(medium, LateMedium)
            except InterfaceError as error:
                failure = failure or error
        if failure is not None:
            if not working:
                raise failure
            _log.warning("%s; other nodes are found by other means alone", failure)

    async def ask(self, place: str) -> None:
        """Ask a hub or seed for the others from now on; asking twice is asking once.

        Raises:
            EndpointError: it cannot be read.
        """
        from .rumours import asked

        if place in self._asked:
            return
        source = asked(self._surroundings(), place)(self._announcement(), self.sighted)
        self._introductions.add(await self._stack.enter_async_context(source))
        self._asked.add(place)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, give the last messages a moment, and close everything; takes less than a second."""
        await self._stack.__aexit__(kind, error, trace)

    def _say_goodbye(self) -> None:
        self.core.say_goodbye()
        self.transmit()

    async def _stop(self, workers: list[asyncio.Task[None]]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for worker in workers:
            worker.cancel()
        if self.guard is not None:
            self.guard.stop()
        self._introductions.close()
        self._examiner.close()
        self.contacts.close()
        self.changes.end()
        await self.topics.close()
        await self.switchboard.close()
        self._hub.end()

    @property
    def is_settling(self) -> bool:
        """Whether newcomers may be about to subscribe."""
        return self._loop.time() < self.settled_at

    # -- who we are

    def _bound_addresses(self) -> list[str]:
        pins = self._config.interfaces
        if not pins:
            return []
        from covey.discovery.interfaces import usable_interfaces

        return [one.address for one in usable_interfaces(pins) if one.family == 4 and one.address]

    async def _listen_in_cluster(self, media: Sequence[Medium]) -> ClusterEndpoints | None:
        medium = next((medium for medium in media if isinstance(medium, ListeningMedium)), None)
        if medium is None:
            return None
        uuid = self._config.uuid
        return medium.reached_at(uuid, await self.mailroom.open_also(medium.places(uuid)))

    def _own(self, addresses: Sequence[str], cluster: ClusterEndpoints | None) -> OwnNode:
        config = self._config
        headers = dict(config.headers)
        protection: dict[str, Any] = {}
        if self._trust is not None and self.guard is not None:
            headers[HEADER_KEY] = self._trust.keys.public
            protection = {"admits": self._trust.admits, "permits": self.guard.may_be_in}
            self.guard.say_in(headers)
        return OwnNode(
            config.uuid,
            config.name,
            config.mesh,
            self.mailroom.port,
            OwnAddresses(addresses).towards,
            self.mailroom.topics_port,
            headers,
            secret=self._trust is not None,
            cluster=cluster,
            rank=self.rank,
            **protection,
        )

    def _security_for(self, public_key: bytes | None) -> Security | None:
        if self._trust is None or public_key is None:
            return None
        return self._trust.client_security(public_key)

    # -- the core's inputs

    def sighted(self, sighting: Sighting) -> None:
        """Take a medium's report."""
        key = sighting.public_key
        if self._trust is not None and key is not None and not self._trust.sighted(sighting.uuid, key):
            return
        # What one medium cannot reach any more is not forgotten: others may.
        if (self._trust is None or key is not None) and not sighting.out_of_reach:
            self.contacts.sighted(sighting, self._loop.time())
        self._meet(sighting)

    def expel(self, public_key: bytes, reason: str) -> None:
        """Cut off the holder of a key, on every connection of either side."""
        for peer in self.core.peers():
            if peer.public_key == public_key:
                self.topics.peer_exited(peer.uuid, at_once=True)
        self.core.expel(public_key, reason)
        self.mailroom.cut(public_key, reason)
        self.transmit()

    def _meet(self, sighting: Sighting) -> None:
        self.core.sighting(sighting, self._loop.time())
        self.transmit()

    async def _read_mailbox(self) -> None:
        router = self.mailroom.router
        while True:
            batch = await router.recv_many(_BATCH)
            now = self._loop.time()
            for frames in batch:
                self.core.receive(frames, now)
                self.transmit()
            await asyncio.sleep(0)

    def _link_changed(self, uuid: UUID, is_up: bool) -> None:  # noqa: FBT001 - a callback's shape
        note = self.core.link_up if is_up else self.core.link_lost
        note(uuid, self._loop.time())
        self.transmit()

    def _examined(self, uuid: UUID, found: Evidence) -> None:
        self.core.evidence(uuid, found, self._loop.time())
        self.transmit()

    def _due(self) -> None:
        self._timer = None
        self.core.handle_timeout(self._loop.time())
        self.transmit()

    # -- the core's outputs

    def transmit(self) -> None:
        """Do what the core wants done, tell what it says happened, and set the timer."""
        core = self.core
        while (action := core.next_action()) is not None:
            if isinstance(action, Examine):
                self._examiner.examine(action.uuid, action.endpoint)
            else:
                self.switchboard.do(action)
        while (event := core.next_event()) is not None:
            if self.guard is None or not self.guard.handles(event):
                self._happened(event)
        due = core.next_timeout()
        if self._timer is not None and self._timer.when() != due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and due is not None:
            self._timer = self._loop.call_at(due, self._due)

    def _happened(self, event: Event) -> None:
        match event:
            case Entered(peer=peer):
                self._introductions.entered(peer)
                if (endpoint := _topics_endpoint(peer)) is not None:
                    self.settled_at = self._loop.time() + self._config.settle
                    self.topics.peer_entered(peer, endpoint)
            case Exited(peer=peer):
                self._introductions.exited(peer.uuid)
                self.topics.peer_exited(peer.uuid)
        self.contacts.happened(event, self._loop.time())
        self._hub.emit(event)


def _topics_endpoint(peer: Peer) -> str | None:
    """Return where to read a peer's topics: the port that it announced, at the address where we reach it."""
    announced = peer.headers.get(HEADER_TOPICS)
    if announced is None:
        return None
    if announced.startswith("tipc://") and peer.endpoint.startswith("tipc://"):
        return announced if is_reachable(announced) else None
    try:
        port = parse_tcp(announced, for_bind=False).port
        host = parse_tcp(peer.endpoint, for_bind=False).host
    except EndpointError:
        _log.info("peer %r announces topics at %r, where nobody can connect", peer.name, announced)
        return None
    return f"tcp://{TcpAddress(host, port)}"
