"""A node that says what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from covey.errors import NoService
from covey.mesh.events import Event
from covey.mesh.peers import Peer
from covey.mesh.services.call import Handler
from covey.mesh.statistics import NodeStatistics

__all__ = ["FakeNode", "Published", "peer"]


def peer(name: str = "thermo-1", number: int = 1, groups: Iterable[str] = ()) -> Peer:
    """Return a peer."""
    return Peer(
        UUID(int=number),
        name,
        f"tcp://10.0.0.{number}:49152",
        {"X-ROOM": "kitchen"},
        frozenset(groups),
        "beacon",
        1_700_000_000.25,
    )


@dataclass(frozen=True)
class Published:
    """A message that a node received."""

    topic: str
    data: bytes
    sender: Peer


class FakeSubscription:
    """Gives what it was made with, then waits."""

    def __init__(self, messages: Iterable[Published]) -> None:
        self._messages = messages
        self.is_open = False

    async def __aenter__(self) -> Self:
        self.is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_open = False

    async def __aiter__(self) -> AsyncIterator[Published]:
        for message in self._messages:
            yield message
        await asyncio.Event().wait()


class FakeNode:
    """Knows some peers, tells some events, counts its subscribers."""

    def __init__(
        self,
        peers: Iterable[Peer] = (),
        events: Iterable[Event] = (),
        messages: Iterable[Published] = (),
        subscribers: int = 0,
        dropped: int = 0,
    ) -> None:
        self.name = "me"
        self.mesh = "lab"
        self.endpoint = "tcp://10.0.0.99:49152"
        self.uuid = UUID(int=99)
        self.subscribers = subscribers
        self.published: list[tuple[str, bytes]] = []
        self.patterns: list[str] = []
        self.groups: list[str] = []
        self.is_entered = False
        self.changed = asyncio.Event()
        self._peers = list(peers)
        self._events = list(events)
        self._messages = list(messages)
        self._dropped = dropped

    async def __aenter__(self) -> Self:
        self.is_entered = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_entered = False

    def add_peer(self, new: Peer) -> None:
        """Let somebody enter, and subscribe."""
        self._peers.append(new)
        self.subscribers += 1
        self.changed.set()

    def peers(self) -> tuple[Peer, ...]:
        return tuple(self._peers)

    async def events(self) -> AsyncIterator[Event]:
        for event in self._events:
            yield event

    async def wait_for_peers(self, count: int = 1, *, timeout: float | None = None) -> None:
        while len(self._peers) < count:
            self.changed.clear()
            await self.changed.wait()

    async def wait_subscribed(self, topic: str, count: int = 1, *, timeout: float | None = None) -> None:
        while self.subscribers < count:
            self.changed.clear()
            await self.changed.wait()

    async def join(self, group: str) -> None:
        self.groups.append(group)

    async def publish(self, topic: str, data: bytes) -> int:
        self.published.append((topic, data))
        return self.subscribers

    async def wait_for_service(self, service: str, count: int = 1, *, timeout: float | None = None) -> None:
        raise TimeoutError

    async def call(
        self, service: str, data: bytes, *, peer: str | None = None, timeout: float | None = None
    ) -> bytes:
        raise NoService(service)

    def serve(self, name: str, handler: Handler, *, limit: int = 16) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    def subscribe(self, pattern: str) -> FakeSubscription:
        self.patterns.append(pattern)
        return FakeSubscription(self._messages)

    def statistics(self) -> NodeStatistics:
        return NodeStatistics(
            peers=len(self._peers),
            published=len(self.published),
            published_to=0,
            publish_dropped=self._dropped,
            received=0,
            received_dropped=0,
            events_missed=0,
            shouts_dropped=0,
            malformed=0,
            refused=0,
        )
