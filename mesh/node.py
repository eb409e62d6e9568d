"""A node of a mesh: the thin asyncio shell around the ZRE core, with topics beside it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID, uuid4

from covey.discovery.sighting import Announcement, Sighting
from covey.endpoint import TcpAddress, parse_tcp
from covey.errors import EndpointError, NoRoute, OptionError, StateError
from covey.security.mechanism import Security

from .addresses import OwnAddresses
from .event_stream import EventHub, EventStream
from .events import Entered, Event, Exited, Joined
from .mailroom import Mailroom
from .media import Medium, beacons
from .peers import Peer
from .statistics import NodeStatistics
from .subscription import Subscription
from .switchboard import Switchboard
from .topic_reader import TopicReader
from .zre.constants import HEADER_KEY, HEADER_TOPICS
from .zre.core import ZreCore
from .zre.own import OwnNode
from .zre.timings import Timings
from .zre.wire import fits_string

if TYPE_CHECKING:
    from covey.security.secret import Secret

    from .trust import MemberTrust

__all__ = ["Node"]

_log = logging.getLogger(__name__)
_BATCH = 256
_BREATHE_EVERY = 64
"""Publications between two turns given to the loop, so that they leave."""


class Node:
    """Finds the other nodes of its mesh and talks with them. Use it in `async with`.

    Args:
        name: as peers see it; host name and process id unless given.
        mesh: nodes of other meshes are left alone. Plain ZRE nodes know no mesh and are met in every open one.
        secret: makes the mesh secret: its beacons are sealed, its connections encrypted, strangers kept out.
        interface: name or address of the network interface to use, or several; default every sensible one.
        headers: what peers are told of this node when it enters.
        evasive: silence after which a peer is reported as evasive. Seconds.
        expired: silence after which a peer is gone. Seconds.
        settle: for how long after entering, or after meeting a peer, `publish` waits for a first subscriber.
            Seconds.
        media: how to be found; beacons unless given.

    Raises:
        OptionError: a value that ZRE cannot carry, or timings out of order.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        mesh: str = "covey",
        secret: Secret | None = None,
        interface: str | Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        evasive: float = 5.0,
        expired: float = 30.0,
        settle: float = 0.5,
        media: Sequence[Medium] | None = None,
    ) -> None:
        self.name = name or f"{socket.gethostname()}-{os.getpid()}"
        self.mesh = mesh
        self.uuid = uuid4()
        self.headers = dict(headers or {})
        self._secret = secret
        self._interfaces = (interface,) if isinstance(interface, str) else tuple(interface or ())
        self._timings = _timings(evasive, expired)
        self._settle = settle
        self._media = (beacons(self._interfaces, secret, mesh),) if media is None else tuple(media)
        for option, text in (("name", self.name), *(("headers", key) for key in self.headers)):
            if not fits_string(text):
                raise OptionError(option, f"has at most 255 bytes of UTF-8: {text[:40]!r}...")
        self._hub = EventHub()
        self._stack: AsyncExitStack | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._settled_at = 0.0
        self._published = 0
        self._published_to = 0
        self._shouts_dropped = 0

    # -- life

    async def __aenter__(self) -> Self:
        """Listen, announce the node, and begin to meet others.

        Raises:
            InterfaceError: an interface is unknown, or there is none to use.
            ResourceError: the system refuses: no permission, no free port.
        """
        if self._stack is not None:
            raise StateError("a node is entered once")
        self._loop = asyncio.get_running_loop()
        self._trust = self._make_trust()
        async with AsyncExitStack() as stack:
            self._mailroom = Mailroom(self._trust.server_security() if self._trust else None)
            stack.push_async_callback(self._mailroom.close)
            addresses = self._bound_addresses()
            await self._mailroom.open(addresses)
            self._core = ZreCore(
                self._describe(addresses), self._timings, wall_offset=time.time() - self._loop.time()
            )
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def _start(self, stack: AsyncExitStack) -> None:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        routing_id = b"\x01" + self.uuid.bytes
        self._topics = TopicReader(tasks, self._security_for)
        self._switchboard = Switchboard(
            tasks, routing_id, self._security_for, self._link_changed, self._core_abandon
        )
        workers = [
            tasks.create_task(self._read_mailbox(), name=f"mailbox of {self.name}"),
            tasks.create_task(self._mailroom.publisher.drain(), name=f"subscriptions to {self.name}"),
        ]
        stack.push_async_callback(self._stop, workers)
        if self._trust is not None:
            self._trust.may_claim = self._core.may_claim
        announcement = Announcement(
            self.uuid, self._mailroom.port, self._trust.keys.public_bytes if self._trust else None
        )
        self._settled_at = self._loop.time() + self._settle
        for medium in self._media:
            await stack.enter_async_context(medium(announcement, self._sighted))
        stack.callback(self._say_goodbye)
        if self._secret is None:
            _log.warning(
                "mesh %r is open and unprotected: anybody on the network can read, join and forge; "
                "give its nodes a secret",
                self.mesh,
            )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, give the last messages a moment, and close everything; takes less than a second."""
        if self._stack is not None:
            await self._stack.__aexit__(kind, error, trace)

    def _say_goodbye(self) -> None:
        self._core.say_goodbye()
        self._transmit()

    async def _stop(self, workers: list[asyncio.Task[None]]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for worker in workers:
            worker.cancel()
        await self._topics.close()
        await self._switchboard.close()
        self._hub.end()

    def _make_trust(self) -> MemberTrust | None:
        if self._secret is None:
            return None
        from .trust import MemberTrust

        return MemberTrust(self._secret, self.mesh)

    def _bound_addresses(self) -> list[str]:
        if not self._interfaces:
            return []
        from covey.discovery.interfaces import usable_interfaces

        return [one.address for one in usable_interfaces(self._interfaces) if one.family == 4 and one.address]

    def _describe(self, addresses: Sequence[str]) -> OwnNode:
        headers = dict(self.headers)
        if self._trust is not None:
            headers[HEADER_KEY] = self._trust.keys.public
        return OwnNode(
            self.uuid,
            self.name,
            self.mesh,
            self._mailroom.port,
            OwnAddresses(addresses).towards,
            self._mailroom.topics_port,
            headers,
            secret=self._trust is not None,
        )

    def _security_for(self, public_key: bytes | None) -> Security | None:
        if self._trust is None or public_key is None:
            return None
        return self._trust.client_security(public_key)

    # -- the core's inputs and outputs

    def _sighted(self, sighting: Sighting) -> None:
        if self._trust is not None and sighting.public_key is not None:
            self._trust.admit(sighting.public_key)
        self._core.sighting(sighting, self._loop.time())
        self._transmit()

    async def _read_mailbox(self) -> None:
        router = self._mailroom.router
        while True:
            batch = await router.recv_many(_BATCH)
            now = self._loop.time()
            for frames in batch:
                self._core.receive(frames, now)
                self._transmit()
            await asyncio.sleep(0)

    def _link_changed(self, uuid: UUID, is_up: bool) -> None:  # noqa: FBT001 - a callback's shape
        note = self._core.link_up if is_up else self._core.link_lost
        note(uuid, self._loop.time())
        self._transmit()

    def _core_abandon(self, uuid: UUID) -> None:
        self._core.abandon(uuid)

    def _due(self) -> None:
        self._timer = None
        self._core.handle_timeout(self._loop.time())
        self._transmit()

    def _transmit(self) -> None:
        core = self._core
        while (action := core.next_action()) is not None:
            self._switchboard.do(action)
        while (event := core.next_event()) is not None:
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
                if (endpoint := _topics_endpoint(peer)) is not None:
                    self._settled_at = self._loop.time() + self._settle
                    self._topics.peer_entered(peer, endpoint)
            case Exited(peer=peer):
                self._topics.peer_exited(peer.uuid)
        self._hub.emit(event)

    # -- peers

    def peers(self) -> tuple[Peer, ...]:
        """Return the nodes that are there now, in the order in which they entered."""
        return self._running_core().peers()

    def events(self) -> EventStream:
        """Return what happens, as an async iterator that ends when the node is left.

        The first reader is told everything from the start, a later one begins with the peers of the moment.
        A reader that lags far behind gets a `Missed` for what was discarded.
        """
        return self._hub.open(self._present())

    def _present(self) -> list[Event]:
        events: list[Event] = []
        for peer in self._core.peers() if self._stack is not None else ():
            events.append(Entered(peer))
            events.extend(Joined(peer, group) for group in sorted(peer.groups))
        return events

    async def wait_for_peers(self, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until at least `count` peers are there.

        Raises:
            TimeoutError: they are not after `timeout` seconds.
        """
        core = self._running_core()
        async with asyncio.timeout(timeout):
            while len(core.peers()) < count:
                await self._hub.wait_change()

    # -- messages

    @property
    def groups(self) -> frozenset[str]:
        """The groups that this node is in."""
        return self._running_core().groups

    async def join(self, group: str) -> None:
        """Enter a group: its shouts are events from now on.

        Raises:
            OptionError: the name is empty or longer than 255 bytes.
        """
        self._running_core().join(_checked_group(group))
        self._transmit()

    async def leave(self, group: str) -> None:
        """Leave a group; without effect when we are not in it."""
        self._running_core().leave(_checked_group(group))
        self._transmit()

    async def whisper(self, peer: Peer | UUID | str, data: bytes | Sequence[bytes]) -> None:
        """Send to one peer, given as value, uuid, or name if only one has it; waits while it does not keep up.

        Cancel: nothing was sent.

        Raises:
            NoRoute: it is not there.
        """
        core, uuid, content = self._running_core(), self._uuid_of(peer), _frames(data)
        await self._switchboard.wait_room(uuid)
        if not core.whisper(uuid, content):
            raise NoRoute(peer)
        self._transmit()

    async def shout(self, group: str, data: bytes | Sequence[bytes]) -> int:
        """Send to all peers in a group, whether we are in it or not; return to how many.

        Peers that do not keep up are passed by and counted (`statistics().shouts_dropped`).
        """
        core, content = self._running_core(), _frames(data)
        members = core.members(_checked_group(group))
        ready = {uuid for uuid in members if self._switchboard.has_room(uuid)}
        self._shouts_dropped += len(members) - len(ready)
        count = core.shout(group, content, to=ready)
        self._transmit()
        await asyncio.sleep(0)
        return count

    def _uuid_of(self, peer: Peer | UUID | str) -> UUID:
        if isinstance(peer, Peer):
            return peer.uuid
        if isinstance(peer, UUID):
            return peer
        found = [one.uuid for one in self._core.peers() if peer in (one.name, str(one.uuid), one.uuid.hex)]
        if len(found) != 1:
            raise NoRoute(peer)
        return found[0]

    # -- topics

    def subscribe(self, pattern: str = "", *, own: bool = False) -> Subscription:
        """Return the messages of all peers whose topic begins with `pattern`; empty for all.

        Args:
            pattern: a prefix.
            own: hear what this node publishes, too.
        """
        self._running_core()
        return Subscription(pattern, self._topics.open, self._topics.close_one, own=own)

    async def publish(self, topic: str, data: bytes) -> int:
        """Send to all who subscribed to the topic; return to how many connections it goes.

        While the node or a peer of it is new, and nobody wants the topic yet, it waits for the first one
        who does, at most `settle` seconds. A subscriber whose queue is full misses the message, which is
        counted (`statistics().publish_dropped`).

        Cancel: nothing was sent.
        """
        self._running_core()
        publisher, octets = self._mailroom.publisher, topic.encode()
        if not publisher.subscriber_count(octets) and self._loop.time() < self._settled_at:
            await publisher.settle(octets, self._settled_at)
        count = publisher.publish(octets, data)
        self._topics.deliver(octets, data, self._self(), own=True)
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
        self._running_core()
        async with asyncio.timeout(timeout):
            await self._mailroom.publisher.wait_subscribed(topic.encode(), count)

    @property
    def topics_port(self) -> int:
        """The TCP port where a plain SUB reads this node's topics."""
        self._running_core()
        return self._mailroom.topics_port

    def _self(self) -> Peer:
        endpoint = f"tcp://127.0.0.1:{self._mailroom.port}"
        return Peer(self.uuid, self.name, endpoint, self.headers, self.groups, "self", time.time())

    # -- looking

    def statistics(self) -> NodeStatistics:
        """Return the counters."""
        core, room = self._running_core(), self._mailroom
        router, publisher = room.router.statistics(), room.publisher.statistics()
        return NodeStatistics(
            peers=len(core.peers()),
            published=self._published,
            published_to=self._published_to,
            publish_dropped=publisher.dropped,
            received=self._topics.received,
            received_dropped=self._topics.dropped_messages(),
            events_missed=self._hub.missed,
            shouts_dropped=self._shouts_dropped,
            malformed=core.malformed,
            refused=router.handshakes_failed + publisher.handshakes_failed,
        )

    def _running_core(self) -> ZreCore:
        if self._stack is None:
            raise StateError("enter the node first: `async with covey.Node(...) as node`")
        return self._core

    def __repr__(self) -> str:
        protection = "secret" if self._secret is not None else "open"
        return f"<covey.Node {self.name!r} in {protection} mesh {self.mesh!r}>"


def _timings(evasive: float, expired: float) -> Timings:
    try:
        return Timings(evasive=evasive, expired=expired)
    except ValueError as error:
        raise OptionError("evasive", str(error)) from None


def _checked_group(group: str) -> str:
    if not group or not fits_string(group):
        raise OptionError("group", f"has 1 to 255 bytes of UTF-8: {group[:40]!r}")
    return group


def _frames(data: bytes | Sequence[bytes]) -> list[bytes]:
    frames = [data] if isinstance(data, (bytes, bytearray, memoryview)) else list(data)
    if not frames or not all(isinstance(frame, (bytes, bytearray, memoryview)) for frame in frames):
        raise TypeError("takes bytes, or a sequence of at least one of them")
    return [bytes(frame) for frame in frames]


def _topics_endpoint(peer: Peer) -> str | None:
    """Return where to read a peer's topics: the port that it announced, at the address that we reach it by."""
    announced = peer.headers.get(HEADER_TOPICS)
    if announced is None:
        return None
    try:
        port = parse_tcp(announced, for_bind=False).port
        host = parse_tcp(peer.endpoint, for_bind=False).host
    except EndpointError:
        _log.info("peer %r announces topics at %r, where nobody can connect", peer.name, announced)
        return None
    return f"tcp://{TcpAddress(host, port)}"
