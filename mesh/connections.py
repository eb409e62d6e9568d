"""The connected half of a node: the ZRE core and all that carries messages. Made when it is first needed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from covey.discovery.liveness import Evidence
from covey.discovery.sighting import Sighting
from covey.endpoint import TcpAddress, parse_tcp
from covey.errors import EndpointError
from covey.security.mechanism import Security

from .addresses import OwnAddresses
from .doors import Doors
from .events import Event
from .headers import HEADER_KEY, HEADER_TOPICS
from .mailroom import Mailroom
from .membership import Membership
from .peers import Peer
from .switchboard import Switchboard
from .topic_reader import TopicReader
from .zre.actions import Examine
from .zre.core import ZreCore
from .zre.own import ClusterEndpoints, OwnNode
from .zre.reachable import is_reachable

if TYPE_CHECKING:
    from .config import NodeConfig

__all__ = ["Connections", "own_node", "topics_endpoint"]

_log = logging.getLogger(__name__)
_BATCH = 256


class Connections:
    """Runs in the task group of its owner, until `close`.

    Args:
        tasks: the group.
        mailroom: our sockets; closed with this.
        own: what we say of ourselves.
        config: what the node is.
        membership: in which groups we are.
        happened: told of what the core reports.
        examine: finds out whether somebody is at a mailbox.

    Attributes:
        core: the protocol. Call `transmit` after each call of it.
    """

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        mailroom: Mailroom,
        own: OwnNode,
        config: NodeConfig,
        membership: Membership,
        happened: Callable[[Event], None],
        examine: Callable[[UUID, str, float], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._happened = happened
        self._examine = examine
        self._trust = trust = config.trust
        self._name = own.name
        self._tasks = tasks
        self._timer: asyncio.TimerHandle | None = None
        self._workers: list[asyncio.Task[None]] = []
        offset = time.time() - self._loop.time()
        self.core = ZreCore(own, config.timings, wall_offset=offset, membership=membership)
        if trust is not None:
            trust.may_claim = self.core.may_claim
        self.mailroom = mailroom
        self.topics = TopicReader(tasks, self._security_for)
        self.switchboard = Switchboard(
            tasks, own.routing_id, self._security_for, self._link_changed, self.core.abandon
        )

    def serve(self, doors: Doors) -> None:
        """Answer those who come to these ports, which are ours from now on."""
        self._workers = [
            self._tasks.create_task(self._read_mailbox(doors), name=f"mailbox of {self._name}"),
            self._tasks.create_task(self.mailroom.publisher.drain(), name=f"subscriptions to {self._name}"),
        ]

    async def close(self) -> None:
        """Get last words out, within a moment, and close everything."""
        if self._timer is not None:
            self._timer.cancel()
        for worker in self._workers:
            worker.cancel()
        await self.topics.close()
        await self.switchboard.close()
        await self.mailroom.close()

    def _security_for(self, public_key: bytes | None) -> Security | None:
        if self._trust is None or public_key is None:
            return None
        return self._trust.client_security(public_key)

    # -- peers

    def sighted(self, sighting: Sighting) -> None:
        """Take a report of a node that must be connected to."""
        self.core.sighting(sighting, self._loop.time())
        self.transmit()

    def met(self, uuid: UUID) -> None:
        """Take note that a node is known without a connection now."""
        self.core.met(uuid)
        self.transmit()

    def moved(self, uuid: UUID) -> None:
        """Take note that a node proved to be at another address."""
        self.core.moved(uuid, self._loop.time())
        self.transmit()

    def relocated(self) -> None:
        """Take note that an address of ours is gone."""
        self.core.relocated(self._loop.time())
        self.transmit()

    def adopt(self, known: Peer, status: int, interval: float) -> None:
        """Connect to a peer that was known without, and announces itself once in `interval` seconds."""
        self.core.adopt(known, status, self._loop.time(), interval)
        self.transmit()

    def expel(self, public_key: bytes, reason: str) -> None:
        """Cut off the holder of a key, on every connection of either side."""
        self.core.expel(public_key, reason)
        self.mailroom.cut(public_key, reason)
        self.transmit()

    def evidence(self, uuid: UUID, found: Evidence) -> None:
        """Take what an examination found."""
        self.core.evidence(uuid, found, self._loop.time())
        self.transmit()

    def read_topics(self, peer: Peer) -> bool:
        """Read what a peer publishes, if it does; return that."""
        endpoint = topics_endpoint(peer)
        if endpoint is not None:
            self.topics.peer_entered(peer, endpoint)
        return endpoint is not None

    # -- the core's inputs

    async def _read_mailbox(self, doors: Doors) -> None:
        router = self.mailroom.router
        await self.mailroom.open(doors)
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
                self._examine(action.uuid, action.endpoint, action.patience)
            else:
                self.switchboard.do(action)
        while (event := core.next_event()) is not None:
            self._happened(event)
        due = core.next_timeout()
        if self._timer is not None and self._timer.when() != due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and due is not None:
            self._timer = self._loop.call_at(due, self._due)


def own_node(
    config: NodeConfig,
    doors: Doors,
    addresses: Sequence[str],
    cluster: ClusterEndpoints | None,
    rank: Callable[[Sequence[str]], list[str]],
) -> OwnNode:
    """Return what a node says of itself.

    Args:
        config: what it is told to be.
        doors: where it is reached.
        addresses: that it is pinned to; none for all.
        cluster: where it is reached in a TIPC cluster.
        rank: sorts a peer's endpoints.
    """
    headers = dict(config.headers)
    if config.trust is not None:
        headers[HEADER_KEY] = config.trust.keys.public
    return OwnNode(
        config.uuid,
        config.name,
        config.mesh,
        doors.port,
        OwnAddresses(addresses).towards,
        doors.topics_port,
        headers,
        secret=config.trust is not None,
        cluster=cluster,
        rank=rank,
    )


def topics_endpoint(peer: Peer) -> str | None:
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
