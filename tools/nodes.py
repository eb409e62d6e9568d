"""What the verbs need of a mesh node, and how they open one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, cast
from uuid import UUID

if TYPE_CHECKING:
    from covey.mesh.events import Event
    from covey.mesh.peers import Peer
    from covey.mesh.services.call import Handler
    from covey.mesh.statistics import NodeStatistics

    from .options import MeshOptions

__all__ = ["MeshNode", "Message", "Subscription", "open_node"]


class Message(Protocol):
    """Something published."""

    @property
    def topic(self) -> str:
        """What it is about."""
        ...

    @property
    def data(self) -> bytes:
        """Its payload."""
        ...

    @property
    def sender(self) -> Peer:
        """Who published it."""
        ...


class Subscription(Protocol):
    """Messages as they arrive, until left."""

    async def __aenter__(self) -> Self:
        """Subscribe."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unsubscribe."""
        ...

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over messages."""
        ...


class MeshNode(Protocol):
    """The part of `covey.Node` that the verbs use."""

    @property
    def uuid(self) -> UUID:
        """Who this node is."""
        ...

    @property
    def name(self) -> str:
        """What it calls itself."""
        ...

    @property
    def mesh(self) -> str:
        """The mesh's name."""
        ...

    @property
    def endpoint(self) -> str:
        """Where peers reach it."""
        ...

    async def __aenter__(self) -> Self:
        """Enter the mesh."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye and leave."""
        ...

    def peers(self) -> Sequence[Peer]:
        """Return everybody known now."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """Yield what happens."""
        ...

    async def wait_for_peers(self, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until that many peers are there."""
        ...

    async def wait_subscribed(self, topic: str, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until a message with this topic would go to that many."""
        ...

    def statistics(self) -> NodeStatistics:
        """Return the counters."""
        ...

    async def join(self, group: str) -> None:
        """Enter a group."""
        ...

    async def publish(self, topic: str, data: bytes) -> int:
        """Publish a message and return to how many it goes."""
        ...

    def serve(self, name: str, handler: Handler, *, limit: int = 16) -> AbstractAsyncContextManager[object]:
        """Return a service, offered as long as one is in its `async with`."""
        ...

    async def call(
        self, service: str, data: bytes, *, peer: str | None = None, timeout: float | None = None
    ) -> bytes:
        """Call a service and return its answer."""
        ...

    async def wait_for_service(self, service: str, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until that many peers offer a service."""
        ...

    def subscribe(self, pattern: str) -> Subscription:
        """Return the messages whose topic begins with a pattern."""
        ...


def open_node(options: MeshOptions) -> MeshNode:
    """Return a node, not yet entered, as the options ask for.

    Raises:
        KeyFileError: the secret, keys or membership cannot be read, or others can read them.
        click.UsageError: options that do not go together.
        InterfaceError: an interface is unknown or unusable.
        OptionError: an unknown medium.
        EndpointError: a seed or hub that cannot be read.
    """
    from covey.mesh.node import Node

    trust = options.trust.choice(options.mesh)
    certified = getattr(trust, "name", "")
    node = Node(
        options.name if options.name_is_given or not certified else certified,
        mesh=options.mesh if options.mesh_is_given or not hasattr(trust, "mesh") else None,
        trust=trust,
        interface=list(options.interfaces),
        **options.ways.as_arguments(),
        etcd=options.etcd,
    )
    return cast("MeshNode", node)
