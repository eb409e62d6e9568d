"""A network of ZRE cores without sockets: a clock by hand, messages in queues, links that can be cut."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from uuid import UUID

from covey.discovery.sighting import Sighting
from covey.mesh.events import Event
from covey.mesh.timings import Timings
from covey.mesh.zre.actions import Connect, Disconnect, Send
from covey.mesh.zre.core import ZreCore
from covey.mesh.zre.own import ClusterEndpoints, OwnNode
from covey.security.z85 import encode_z85

__all__ = ["Network", "SimNode"]


class SimNode:
    """One core, its mailboxes at peers, and what it reported."""

    def __init__(
        self,
        number: int,
        name: str,
        *,
        mesh: str = "lab",
        key: bytes | None = None,
        cluster: ClusterEndpoints | None = None,
    ) -> None:
        self.uuid = UUID(int=number)
        self.host = f"10.0.{number // 250}.{number % 250 + 1}"
        self.key = key
        headers = {} if key is None else {"X-PUBLICKEY": encode_z85(key)}
        self.cluster = cluster
        own = OwnNode(
            *(self.uuid, name, mesh, 7000, lambda _: self.host, 7001, headers),
            secret=key is not None,
            cluster=cluster,
        )
        self.core = ZreCore(own, Timings())
        self.mailboxes: dict[UUID, str] = {}
        self.waiting: dict[UUID, deque[list[bytes]]] = defaultdict(deque)
        self.up: set[UUID] = set()
        self.events: list[Event] = []

    @property
    def endpoint(self) -> str:
        return f"tcp://{self.host}:7000"

    def sighting(self, *, endpoint: str | None = "", via: str = "beacon") -> Sighting:
        """A report about this node; `endpoint` None for a departure."""
        return Sighting(self.uuid, via, self.endpoint if endpoint == "" else endpoint, self.key)

    def names(self) -> set[str]:
        return {peer.name for peer in self.core.peers()}

    def take(self) -> list[Event]:
        """What happened since the last call."""
        taken, self.events = self.events, []
        return taken


class Network:
    """Carries messages between nodes that can reach each other."""

    def __init__(self, *nodes: SimNode) -> None:
        self.now = 1000.0
        self.nodes = {node.uuid: node for node in nodes}
        self.dead: set[UUID] = set()
        self.lose = 0
        """How many of the next messages vanish."""

    def at(self, endpoint: str) -> SimNode | None:
        for node in self.nodes.values():
            places = {node.endpoint} if node.cluster is None else {node.endpoint, node.cluster.mailbox}
            if endpoint in places and node.uuid not in self.dead:
                return node
        return None

    def _act(self, node: SimNode) -> bool:
        busy = False
        while (action := node.core.next_action()) is not None:
            busy = True
            match action:
                case Connect(uuid=uuid, endpoint=endpoint):
                    node.mailboxes[uuid] = endpoint
                    node.up.discard(uuid)
                case Disconnect(uuid=uuid):
                    node.mailboxes.pop(uuid, None)
                    node.waiting.pop(uuid, None)
                    node.up.discard(uuid)
                case Send(uuid=uuid, frames=frames):
                    node.waiting[uuid].append(frames)
        while (event := node.core.next_event()) is not None:
            node.events.append(event)
        return busy

    def _deliver(self, node: SimNode) -> bool:
        busy = False
        for uuid, endpoint in list(node.mailboxes.items()):
            target = self.at(endpoint)
            if target is None or (node.key is not None and target.uuid != uuid):
                if uuid in node.up:
                    node.up.discard(uuid)
                    node.core.link_lost(uuid, self.now)
                    busy = True
                continue
            if uuid not in node.up:
                node.up.add(uuid)
                node.core.link_up(uuid, self.now)
            while node.waiting[uuid]:
                frames = node.waiting[uuid].popleft()
                busy = True
                if self.lose:
                    self.lose -= 1
                elif node.key is None or target.core.may_claim(node.uuid, node.key):
                    target.core.receive([b"\x01" + node.uuid.bytes, *frames], self.now)
        return busy

    def settle(self, *, rng: random.Random | None = None) -> None:
        """Carry messages until nobody has anything to say; `rng` shuffles who goes first."""
        for _ in range(1000):
            nodes = [node for node in self.nodes.values() if node.uuid not in self.dead]
            if rng is not None:
                rng.shuffle(nodes)
            acted = [self._act(node) for node in nodes]
            delivered = [self._deliver(node) for node in nodes]
            if not any(acted) and not any(delivered):
                return
        raise AssertionError("the nodes never fall silent")

    def sight(self, seer: SimNode, seen: SimNode) -> None:
        seer.core.sighting(seen.sighting(), self.now)

    def sight_all(self) -> None:
        """Let every living node see every other one."""
        living = [node for node in self.nodes.values() if node.uuid not in self.dead]
        for seer in living:
            for seen in living:
                if seer is not seen:
                    self.sight(seer, seen)

    def pass_time(self, seconds: float, *, beacons: bool = True) -> None:
        """Let time pass second by second."""
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            if beacons:
                self.sight_all()
            for node in self.nodes.values():
                due = node.core.next_timeout()
                if node.uuid not in self.dead and due is not None and due <= self.now:
                    node.core.handle_timeout(self.now)
            self.settle()

    def kill(self, node: SimNode) -> None:
        """As SIGKILL does: no word, and connections break."""
        self.dead.add(node.uuid)
        self.settle()
