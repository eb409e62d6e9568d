"""A node of a mesh: what applications use."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from covey.discovery.announce.identity import new_uuid
from covey.discovery.sighting import Sighting
from covey.errors import NoRoute, OptionError, StateError
from covey.values import replace

from .arguments import checked_group, chosen_mode, fits, frames, timings
from .config import MEDIA, NodeConfig, chosen
from .engine import Engine
from .event_stream import EventHub, EventStream
from .medium import Medium
from .peers import Peer
from .service_face import ServiceFace

if TYPE_CHECKING:
    from covey.discovery.etcd.store import EtcdStore
    from covey.security.secret import Secret

    from .change_stream import ChangeStream
    from .known import Known
    from .sealed_group import NodeGroup
    from .statistics import NodeStatistics
    from .subscription import Subscription
    from .trust import TrustChoice

__all__ = ["Node"]

_log = logging.getLogger(__name__)
_BREATHE_EVERY = 64
"""Publications between two turns given to the loop, so that they leave."""


class Node(ServiceFace):
    """Finds the other nodes of its mesh and talks with them. Use it in `async with`.

    Args:
        name: as peers see it; host name and process id unless given.
        mesh: nodes of other meshes are left alone. Plain ZRE knows no mesh names: its nodes are met in
            every open one.
        secret: seals the beacons, encrypts every connection and keeps out who does not know it.
        trust: in its place, whom to trust: a `Secret`, `Pinned` keys or an `Authority`.
        interface: name or address of the network interface to use, or several; default every sensible one.
        headers: what peers are told of this node when it enters.
        evasive: silence after which a peer is reported as evasive. Seconds.
        expired: silence after which a peer is gone. Seconds.
        settle: for how long after entering, or after meeting a peer, `publish` waits for a first subscriber.
            Seconds.
        discover: media to use of those that need no place to go to: beacon, mdns, tipc (used where the machine
            is in a TIPC cluster). mDNS starts some seconds after the node.
        seeds: nodes to ask for the others, as `host`, `host:port` or `tcp://host:port`, port 5670 unless
            given. The node is a seed itself where that port is free.
        gossip_bind: where to be a gossip hub, `tcp://*:5670`; also a seed for others.
        gossip_connect: gossip hubs to ask, of covey, czmq or Zyre; written like seeds.
        etcd: an etcd to be found through, beyond the LAN too (needs the extra `covey[etcd]`).
        media: media made by the application, in place of all these.

    Raises:
        OptionError: a value that ZRE cannot carry, timings out of order, or an unknown medium.
        EndpointError: a seed or hub that cannot be read.
    """

    def __init__(  # noqa: PLR0913 (what a node is, each by keyword)
        self,
        name: str | None = None,
        *,
        mesh: str | None = None,
        secret: Secret | None = None,
        trust: TrustChoice | None = None,
        interface: str | Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        evasive: float = 5.0,
        expired: float = 30.0,
        settle: float = 0.5,
        discover: str | Sequence[str] = MEDIA,
        seeds: str | Sequence[str] = (),
        gossip_bind: str | None = None,
        gossip_connect: str | Sequence[str] = (),
        etcd: EtcdStore | None = None,
        media: Sequence[Medium] | None = None,
    ) -> None:
        interfaces = (interface,) if isinstance(interface, str) else tuple(interface or ())
        mesh, chosen_trust = chosen_mode(mesh, secret, trust)
        self._config = config = NodeConfig(
            uuid=new_uuid(os.urandom) if chosen_trust is None else chosen_trust.new_id(),
            name=name or f"{socket.gethostname()}-{os.getpid()}",
            mesh=mesh,
            trust=chosen_trust,
            interfaces=interfaces,
            headers=dict(headers or {}),
            timings=timings(evasive, expired),
            settle=settle,
            discover=replace(chosen(discover, seeds, gossip_bind, gossip_connect), etcd=etcd),
            media=None if media is None else tuple(media),
        )
        for option, text in (("name", config.name), *(("headers", key) for key in config.headers)):
            if not fits(text):
                raise OptionError(option, f"has at most 255 bytes of UTF-8: {text[:40]!r}...")
        self._hub = EventHub()
        self._entered = False
        self._engine: Engine | None = None
        self._published = self._published_to = self._shouts_dropped = 0

    # -- life

    async def __aenter__(self) -> Self:
        """Listen, announce the node, and begin to meet others.

        Raises:
            InterfaceError: an interface is unknown, or there is none to use.
            ResourceError: the system refuses: no permission, no free port.
            StateError: this node was entered before.
        """
        if self._entered:
            raise StateError("a node is entered once; make another one")
        self._entered = True
        engine = Engine(self._config, self._hub)
        self._engine = await engine.__aenter__()
        if self._config.trust is None:
            _log.warning(
                "mesh %r is open and unprotected: anybody on the network can read, join and forge; "
                "give its nodes a secret, or keys",
                self.mesh,
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, give the last messages a moment, and close everything; takes less than a second."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.__aexit__(kind, error, trace)

    @property
    def _running(self) -> Engine:
        if self._engine is None:
            raise StateError("the node is not running: `async with covey.Node(...) as node`")
        return self._engine

    # -- who we are

    @property
    def name(self) -> str:
        """This node's name."""
        return self._config.name

    @property
    def uuid(self) -> UUID:
        """This node's own id, new for each node object."""
        return self._config.uuid

    @property
    def mesh(self) -> str:
        """The mesh's name."""
        return self._config.mesh

    @property
    def groups(self) -> frozenset[str]:
        """The groups that this node is in."""
        return frozenset(self._running.membership.groups)

    @property
    def endpoint(self) -> str:
        """Where peers reach this node's mailbox, by the address that discovery would use first."""
        return self._running.endpoint

    @property
    def public_key(self) -> bytes | None:
        """This node's key in a secret mesh, 32 octets, new for each node object; else None."""
        return self._running.public_key

    @property
    def topics_port(self) -> int:
        """The TCP port where a plain SUB reads this node's topics."""
        return self._running.doors.topics_port

    # -- peers

    def peers(self) -> tuple[Peer, ...]:
        """Return the nodes that are there now, in the order in which they entered."""
        return self._running.company.peers()

    def events(self) -> EventStream:
        """Return what happens, as an async iterator that ends when the node is left.

        The first reader is told everything from the start, a later one begins with the peers of the moment.
        A reader that lags far behind gets a `Missed` for what was discarded.
        """
        return self._hub.open(self._engine.company.as_events() if self._engine is not None else ())

    async def wait_for_peers(self, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until at least `count` peers are there.

        Raises:
            TimeoutError: they are not after `timeout` seconds.
        """
        company = self._running.company
        async with asyncio.timeout(timeout):
            while len(company) < count:
                await self._hub.wait_change()

    async def connect(
        self, endpoint: str, *, uuid: UUID | None = None, public_key: bytes | None = None
    ) -> None:
        """Meet nodes that no medium finds; returns at once, `wait_for_peers` waits.

        A place alone is that of a seed or gossip hub, which is asked for all others. With a `uuid` it is the
        mailbox of that node, `Peer.endpoint`.

        Args:
            endpoint: `host`, `host:port` or `tcp://host:port`; port 5670 unless given.
            uuid: whose mailbox it is.
            public_key: which that node has, 32 octets; needed in a secret mesh.

        Raises:
            EndpointError: it cannot be read.
            OptionError: a key is needed.
        """
        engine = self._running
        if uuid is None:
            await engine.ask(endpoint)
            return
        from covey.endpoint import parse_tcp

        parse_tcp(endpoint, for_bind=False)
        if self._config.trust is not None and public_key is None:
            raise OptionError("public_key", "is needed to connect to a node of a protected mesh")
        engine.sighted(Sighting(uuid, "manual", endpoint, public_key))

    def directory(self) -> tuple[Known, ...]:
        """Return everybody that was ever heard of and not forgotten: peers, and nodes only sighted or lost."""
        from .known import known

        engine = self._running
        offset = time.time() - time.monotonic()
        records = engine.contacts.contacts.directory.records()
        return tuple(known(one, engine.company.peer(one.uuid), engine.rank, offset) for one in records)

    def directory_changes(self) -> ChangeStream:
        """Return what changes in the directory from now on, as an async iterator that ends with the node."""
        contacts = self._running.contacts
        contacts.contacts  # noqa: B018 - makes them
        return contacts.changes.open()

    # -- messages

    async def join(self, group: str) -> None:
        """Enter a group: its shouts are events from now on.

        Raises:
            OptionError: the name is empty or longer than 255 bytes.
            PermissionDenied: our certificate does not permit it; `shout` raises it too.
        """
        self._demand("group", group).join(checked_group(group))

    async def leave(self, group: str) -> None:
        """Leave a group; without effect when we are not in it."""
        self._running.leave(checked_group(group))

    def sealed_group(self, name: str, *, sign: bool = False) -> NodeGroup:
        """Return a group whose multicast only members read; OptionError in an open mesh (docs/multicast.md)."""
        from .sealed_group import NodeGroup

        return NodeGroup(self, self._hub, checked_group(name), sign=sign, is_open=self._config.trust is None)

    def may_be_in(self, peer: Peer, group: str) -> bool:
        """Whether a peer's certificate permits a group; if not, that is counted and told as refused."""
        guard = self._running.guard
        return guard is None or guard.may_be_in(peer.endpoint, peer.name, peer.public_key, group)

    async def whisper(self, peer: Peer | UUID | str, data: bytes | Sequence[bytes]) -> None:
        """Send to one peer, given as value, uuid, or name if only one has it.

        Waits while the peer does not keep up.

        Cancel: nothing was sent.

        Raises:
            NoRoute: it is not there.
        """
        engine, content = self._running, frames(data)
        uuid = engine.company.uuid_of(peer)
        if uuid is None:
            raise NoRoute(peer)
        await engine.reach(uuid).switchboard.wait_room(uuid)
        # While we waited, it may have gone and come back.
        connections = engine.reach(uuid)
        if not connections.core.whisper(uuid, content):
            raise NoRoute(peer)
        connections.transmit()

    async def shout(self, group: str, data: bytes | Sequence[bytes]) -> int:
        """Send to all peers in a group, whether we are in it or not; return to how many.

        Peers that do not keep up are passed by and counted (`statistics().shouts_dropped`).
        """
        engine, content = self._demand("group", group), frames(data)
        members = engine.company.members(checked_group(group))
        if not members:
            return 0
        connections = engine.connections
        for uuid in members:
            engine.reach(uuid)
        ready = {uuid for uuid in members if connections.switchboard.has_room(uuid)}
        self._shouts_dropped += len(members) - len(ready)
        count = connections.core.shout(group, content, to=ready)
        connections.transmit()
        return count

    # -- topics

    def subscribe(self, pattern: str = "", *, own: bool = False) -> Subscription:
        """Return the messages of all peers whose topic begins with `pattern`; empty for all.

        Args:
            pattern: a prefix.
            own: hear what this node publishes, too.

        Raises:
            PermissionDenied: our certificate permits nothing that begins so; where it permits some, that is heard.
        """
        from .subscription import Subscription

        topics = self._demand("subscribe", pattern).connections.topics
        return Subscription(pattern, topics.open, topics.close_one, own=own)

    async def publish(self, topic: str, data: bytes) -> int:
        """Send to all who subscribed to the topic; return to how many connections it goes.

        While the node or a peer of it is new, and nobody wants the topic yet, it waits for the first one
        who does, at most `settle` seconds. A subscriber whose queue is full misses the message, which is
        counted (`statistics().publish_dropped`).

        Cancel: nothing was sent.

        Raises:
            PermissionDenied: our certificate does not permit the topic.
        """
        engine, octets = self._demand("publish", topic), topic.encode()
        connections = engine.connections
        publisher = connections.mailroom.publisher
        if not publisher.subscriber_count(octets) and engine.is_settling:
            await publisher.settle(octets, engine.settled_at)
        count = publisher.publish(octets, data)
        if connections.topics.wants_own(octets):
            connections.topics.deliver(octets, data, self._self(), own=True)
        self._published += 1
        self._published_to += count
        if self._published % _BREATHE_EVERY == 0:
            await asyncio.sleep(0)
        return count

    async def wait_subscribed(self, topic: str, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until a message with `topic` would go to at least `count` subscribers.

        Raises:
            TimeoutError: it would not after `timeout` seconds.
        """
        publisher = self._running.connections.mailroom.publisher
        async with asyncio.timeout(timeout):
            await publisher.wait_subscribed(topic.encode(), count)

    def _demand(self, action: str, subject: str) -> Engine:
        engine, trust = self._running, self._config.trust
        if trust is not None and trust.restricts and engine.guard is not None:
            engine.guard.demand(action, subject)
        return engine

    def _self(self) -> Peer:
        loopback = f"tcp://127.0.0.1:{self._running.doors.port}"
        return Peer(self.uuid, self.name, loopback, self._config.headers, self.groups, "self", time.time())

    def statistics(self) -> NodeStatistics:
        """Return the counters."""
        from .statistics import collect

        totals = (self._published, self._published_to, self._shouts_dropped, self._hub.missed)
        engine = self._running
        counters = collect(totals, len(engine.company), engine.made_connections, engine.made_desk)
        return counters if engine.guard is None else replace(counters, offences=engine.guard.offences())

    def __repr__(self) -> str:
        protection = "protected" if self._config.trust is not None else "open"
        return f"<covey.Node {self.name!r} in {protection} mesh {self.mesh!r}>"
