"""Services of one node: both halves, and what peers whisper about them. Made when there is need of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from covey.errors import CallRefused, NoService, ProtocolError

from ..events import Event, Exited, Offered, Whisper, Withdrew
from ..headers import HEADER_MESH
from ..peers import Peer
from .call import Handler
from .caller import Caller
from .post import Post
from .provider import Provider, Serving
from .wire import Answer, Ask, Failure, Forget, Offers, decode, encode

if TYPE_CHECKING:
    from ..engine import Engine
    from ..event_stream import EventHub

__all__ = ["ServiceDesk"]


class ServiceDesk:
    """Takes calls of the application and whispers of peers.

    Args:
        engine: the node at work.
        tasks: the group that handlers run in.
        hub: told what happens.

    Attributes:
        caller: our calls.
        provider: our services.
    """

    def __init__(self, engine: Engine, tasks: asyncio.TaskGroup, hub: EventHub) -> None:
        self._engine = engine
        self._tasks = tasks
        self._hub = hub
        self._post = post = Post(engine)
        guard = engine.guard
        may_call = guard.may_call if guard is not None else _everybody
        self._may_offer = guard.may_offer if guard is not None else _everybody
        self.caller = Caller(post, engine.company.peer, self._may_offer)
        self.provider = Provider(post, self._spawn, may_call, self._changed)
        for peer in engine.company.peers():
            for service in peer.services:
                self.caller.providers.offered(peer.uuid, service)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.create_task(work, name="a call of a service")

    async def close(self) -> None:
        """Stop every handler, and let nobody wait any more."""
        self.caller.close()
        await self.provider.close()

    # -- what the application asks for

    def serve(self, name: str, handler: Handler, limit: int) -> Serving:
        """Return a service, not yet offered."""
        return Serving(self.provider, name, handler, limit)

    async def call(self, service: str, data: bytes, peer: Peer | None, patience: float | None) -> bytes:
        """Call a service; see `Node.call`."""
        if peer is None:
            await self._settle(service)
        elif HEADER_MESH not in peer.headers:
            raise NoService(service, peer.name)
        elif not self._may_offer(peer, service):
            raise CallRefused("its provider may not offer it", service, peer.name)
        return await self.caller.call(service, data, peer, patience)

    async def _settle(self, service: str) -> None:
        """While peers are new, wait for the first one that offers a service."""
        loop = asyncio.get_running_loop()
        while not self.caller.providers.of(service) and (left := self._engine.settled_at - loop.time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._hub.wait_change()
            except TimeoutError:
                continue  # a newcomer may have moved the end on

    def providers(self, service: str) -> tuple[Peer, ...]:
        """Return the peers that offer a service, and may."""
        found = (self._engine.company.peer(uuid) for uuid in self.caller.providers.of(service))
        return tuple(peer for peer in found if peer is not None and self._may_offer(peer, service))

    # -- what happens

    def happened(self, event: Event) -> None:
        """Follow what the application is told of peers."""
        if isinstance(event, Offered):
            self.caller.providers.offered(event.peer.uuid, event.service)
        elif isinstance(event, Withdrew):
            self.caller.providers.withdrew(event.peer.uuid, event.service)
        elif isinstance(event, Exited):
            self.caller.exited(event.peer.uuid)
            self.provider.forget(event.peer.uuid)

    def introduce(self, peer: Peer) -> None:
        """Tell a peer that we are newly connected to what we offer."""
        if self.provider.has_offered and HEADER_MESH in peer.headers:
            self._post.tell(peer.uuid, self.provider.offers)

    def _changed(self) -> None:
        """Tell everybody what we offer now: those that we are connected to, and all who hear announcements."""
        offers = self.provider.offers
        self._engine.company.offering(offers.services)
        connections = self._engine.made_connections
        if connections is not None:
            frames = encode(offers)
            for peer in connections.core.peers():
                if HEADER_MESH in peer.headers:
                    self._post.whisper(peer.uuid, frames)

    def heard(self, event: Whisper) -> None:
        """Take what a peer whispered about services."""
        peer, core = event.peer, self._engine.connections.core
        try:
            said = decode(event.frames)
        except ProtocolError:
            core.malformed += 1
            return
        match said:
            case Offers(services=services):
                core.offered(peer.uuid, services)
            case Ask():
                self.provider.asked(peer, said)
            case Answer() | Failure():
                self.caller.answered(peer, said)
            case Forget(number=number):
                self.provider.forget(peer.uuid, number)


def _everybody(_peer: Peer, _service: str) -> bool:
    return True
