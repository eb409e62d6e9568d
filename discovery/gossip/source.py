"""Gossip at work on asyncio: a ROUTER for our clients, a DEALER for each of our hubs."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from math import inf
from types import TracebackType
from typing import Self
from uuid import UUID

from covey.endpoint import parse_tcp
from covey.errors import CoveyError, ResourceError
from covey.messaging.dealer_router import Dealer, Router
from covey.messaging.events import Disconnected, HandshakeSucceeded
from covey.messaging.monitor import EventStream
from covey.values import frozen

from ..beacon.codec import Discard
from ..beacon.replay import ReplayGuard
from ..reach import address_towards, own_address
from ..sighting import Announcement, Sighting, SightingSink
from ..tasks import stop_task
from .core import GossipCore
from .network import GossipNetwork
from .text import GossipCodec, OpenTuples

__all__ = ["GossipSource", "GossipStatistics"]

_TTL = 60.0
"""Seconds that our tuple outlives us in hubs that know of such things; czmq's keep it for ever."""
_TUPLES = 20_000
_SHARED = 4096
"""Nodes that we tell of."""
_LARGEST_FRAME = 8192
_HEARTBEAT_MS = 10_000

_logger = logging.getLogger(__name__)


@frozen
class GossipStatistics:
    """What the medium does and heard."""

    hubs: int = 0
    """Hubs that are connected."""
    clients: int = 0
    """Nodes that have us as their hub."""
    tuples: int = 0
    found: int = 0
    foreign: int = 0
    malformed: int = 0
    replayed: int = 0


class GossipSource:
    """A `DiscoverySource` by gossip: a client of the hubs it is told, a hub where it is told to bind.

    Args:
        announcement: what to say.
        sink: takes the sightings.
        network: whom to ask, and whether to be asked.
        codec: how nodes stand in tuples; as in Zyre unless given.
        via: what sightings say they came by.

    Raises:
        EndpointError: on entering: an endpoint that cannot be read.
        ResourceError: on entering: an endpoint that cannot be bound.
    """

    def __init__(
        self,
        announcement: Announcement,
        sink: SightingSink,
        network: GossipNetwork,
        *,
        codec: GossipCodec | None = None,
        via: str = "gossip",
    ) -> None:
        self._announcement = announcement
        self._sink = sink
        self._network = network
        self._codec = codec or OpenTuples()
        self._via = via
        self._core = GossipCore(tuples=_TUPLES)
        self._replay = ReplayGuard(_TUPLES)
        self._router: Router | None = None
        self._dealers: list[Dealer] = []
        self._stack = AsyncExitStack()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._found = self._replayed = 0
        self._discarded = {Discard.FOREIGN: 0, Discard.MALFORMED: 0}
        self._shared: dict[UUID, str] = {}
        self._seen: OrderedDict[UUID, None] = OrderedDict()
        self.endpoint = ""
        """Where we are a hub, as bound."""

    async def __aenter__(self) -> Self:
        """Bind, start connecting, and publish this node."""
        options = {
            "sndhwm": _TUPLES,
            "linger": 0,
            "maxmsgsize": _LARGEST_FRAME,
            "heartbeat_ivl": _HEARTBEAT_MS,
        }
        network = self._network
        try:
            if network.bind:
                await self._become_hub(options)
            client = network.security[1] if network.security else None
            for _ in network.connect:
                dealer = Dealer(security=client, immediate=True, **options)
                self._dealers.append(await self._stack.enter_async_context(dealer))
            host = network.host
            if not host:
                host = await address_towards(network.connect[0]) if network.connect else own_address()
            key, value = self._codec.encode(self._announcement, host)
            self._core.publish(key, value, self._now(), _TTL)
            self._task = asyncio.get_running_loop().create_task(
                self._run([dealer.events() for dealer in self._dealers]), name="gossip"
            )
            for endpoint, dealer in zip(network.connect, self._dealers, strict=True):
                await dealer.connect(endpoint)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        self._transmit()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; gossip has no goodbye, the tuple runs out."""
        if self._task is not None:
            task, self._task = self._task, None
            await stop_task(task)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._dealers.clear()
        self._router = None
        await self._stack.aclose()

    def has_seen(self, uuid: UUID) -> bool:
        """Whether the network told of that node."""
        return uuid in self._seen

    def share(self, uuid: UUID, endpoint: str, public_key: bytes | None = None) -> None:
        """Tell the network of another node, whom we know to be what it says it is.

        So one contact is enough to learn of all: members tell of the members that they are connected to.

        Raises:
            EndpointError: it cannot be read.
        """
        if uuid not in self._shared and len(self._shared) >= _SHARED:
            return
        address = parse_tcp(endpoint, for_bind=False)
        key, value = self._codec.encode(Announcement(uuid, address.port, public_key), address.host)
        self._shared[uuid] = key
        self._core.publish(key, value, self._now(), _TTL)
        self._transmit()

    def unshare(self, uuid: UUID) -> None:
        """Tell of that node no more."""
        key = self._shared.pop(uuid, None)
        if key is not None:
            self._core.withdraw(key)
            self._codec.forget(uuid)

    def statistics(self) -> GossipStatistics:
        """Return the counters."""
        return GossipStatistics(
            hubs=self._core.hubs,
            clients=self._core.clients,
            tuples=self._core.tuples,
            found=self._found,
            foreign=self._discarded[Discard.FOREIGN],
            malformed=self._discarded[Discard.MALFORMED] + self._core.malformed,
            replayed=self._replayed,
        )

    async def _become_hub(self, options: dict[str, int]) -> None:
        """Bind; where the endpoint is taken and need not be ours, go without."""
        server = self._network.security[0] if self._network.security else None
        router = await self._stack.enter_async_context(
            Router(security=server, router_mandatory=True, **options)
        )
        try:
            self.endpoint = await router.bind(self._network.bind)
        except ResourceError as error:
            if self._network.must_bind:
                raise
            _logger.info("gossip: no hub here: %s", error)
        else:
            self._router = router

    async def _run(self, events: Sequence[EventStream]) -> None:
        """Take what comes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self._router is not None:
                tasks.create_task(self._serve(self._router), name="gossip hub")
            for number, dealer in enumerate(self._dealers):
                tasks.create_task(self._listen(number, dealer), name=f"gossip with hub {number}")
                tasks.create_task(self._watch(number, events[number]), name=f"gossip link {number}")

    async def _serve(self, router: Router) -> None:
        async for client, *frames in router:
            if len(frames) == 1:
                self._core.client_message(client, frames[0], self._now())
                self._settle()

    async def _listen(self, number: int, dealer: Dealer) -> None:
        async for frames in dealer:
            if len(frames) == 1:
                self._core.remote_message(number, frames[0], self._now())
                self._settle()

    async def _watch(self, number: int, events: EventStream) -> None:
        async for event in events:
            if isinstance(event, HandshakeSucceeded):
                self._core.remote_connected(number, self._now())
                self._settle()
            elif isinstance(event, Disconnected):
                self._core.remote_disconnected(number)

    def _settle(self) -> None:
        """Report what is new, send what is to be sent."""
        while (news := self._core.next_news()) is not None:
            self._take(*news)
        self._transmit()

    def _take(self, key: str, value: str) -> None:
        """Make a sighting of a tuple."""
        content = self._codec.decode(key, value)
        if isinstance(content, Discard):
            self._discarded[content] += 1
            return
        if content.uuid == self._announcement.uuid:
            return
        is_sealed = content.sequence is not None
        if content.sequence is not None and not self._replay.accept(content.uuid, content.sequence):
            self._replayed += 1
            return
        self._found += 1
        self._seen[content.uuid] = None
        if len(self._seen) > _TUPLES:
            self._seen.popitem(last=False)
        self._sink(
            Sighting(
                content.uuid,
                self._via,
                content.endpoint,
                public_key=content.public_key if is_sealed else None,
                claimed_key=None if is_sealed else content.public_key,
            )
        )

    def _transmit(self) -> None:
        """Send what is to be sent and set the timer."""
        for outgoing in self._core.frames_to_send():
            self._send(outgoing.to, outgoing.frame)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._core.next_timeout()
        if deadline < inf:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._due)

    def _send(self, to: bytes | int, frame: bytes) -> None:
        """Hand a frame over; what cannot go now is told anew after the next HELLO."""
        try:
            if isinstance(to, int):
                self._dealers[to].send_nowait(frame)
            elif self._router is not None:
                self._router.send_multipart_nowait([to, frame])
        except CoveyError as error:
            _logger.debug("gossip: %s", error)
            if isinstance(to, bytes):
                self._core.client_gone(to)

    def _due(self) -> None:
        self._timer = None
        self._core.handle_timeout(self._now())
        self._settle()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
