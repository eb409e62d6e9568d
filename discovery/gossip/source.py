"""Gossip at work on asyncio: a ROUTER for our clients, a DEALER for each of our hubs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from math import inf
from types import TracebackType
from typing import Self

from covey.errors import CoveyError
from covey.messaging.dealer_router import Dealer, Router
from covey.messaging.events import Disconnected, HandshakeSucceeded
from covey.messaging.monitor import EventStream
from covey.security.mechanism import Security

from ..beacon.codec import Discard
from ..beacon.replay import ReplayGuard
from ..reach import address_towards, own_address
from ..sighting import Announcement, Sighting, SightingSink
from ..tasks import stop_task
from .core import GossipCore
from .text import GossipCodec, OpenTuples

__all__ = ["GossipSource", "GossipStatistics"]

_TTL = 60.0
"""Seconds that our tuple outlives us in hubs that know of such things; czmq's keep it for ever."""
_TUPLES = 20_000
_LARGEST_FRAME = 8192
_HEARTBEAT_MS = 10_000

_logger = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True)
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
        bind: `tcp://*:5672` to be a hub; empty for not.
        connect: hubs to be a client of; a hub with hubs passes everything on, and any of them may die.
        host: the address at which others reach this node; empty for the one that faces the first hub.
        codec: how nodes stand in tuples; as in Zyre unless given.
        security: towards our clients and towards our hubs; None for neither.

    Raises:
        EndpointError: on entering: an endpoint that cannot be read.
        ResourceError: on entering: an endpoint that cannot be bound.
    """

    def __init__(
        self,
        announcement: Announcement,
        sink: SightingSink,
        *,
        bind: str = "",
        connect: Sequence[str] = (),
        host: str = "",
        codec: GossipCodec | None = None,
        security: tuple[Security, Security] | None = None,
    ) -> None:
        self._announcement = announcement
        self._sink = sink
        self._bind = bind
        self._connect = tuple(connect)
        self._host = host
        self._codec = codec or OpenTuples()
        self._security = security
        self._core = GossipCore(tuples=_TUPLES)
        self._replay = ReplayGuard(_TUPLES)
        self._router: Router | None = None
        self._dealers: list[Dealer] = []
        self._stack = AsyncExitStack()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._found = self._replayed = 0
        self._discarded = {Discard.FOREIGN: 0, Discard.MALFORMED: 0}
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
        try:
            if self._bind:
                server = self._security[0] if self._security else None
                router = Router(security=server, router_mandatory=True, **options)
                self._router = await self._stack.enter_async_context(router)
                self.endpoint = await router.bind(self._bind)
            client = self._security[1] if self._security else None
            for _ in self._connect:
                dealer = Dealer(security=client, immediate=True, **options)
                self._dealers.append(await self._stack.enter_async_context(dealer))
            host = self._host or (await address_towards(self._connect[0]) if self._connect else own_address())
            key, value = self._codec.encode(self._announcement, host)
            self._core.publish(key, value, self._now(), _TTL)
            self._task = asyncio.get_running_loop().create_task(
                self._run([dealer.events() for dealer in self._dealers]), name="gossip"
            )
            for endpoint, dealer in zip(self._connect, self._dealers, strict=True):
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
        self._sink(
            Sighting(
                content.uuid,
                "gossip",
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
