"""DEALER and ROUTER: asynchronous questions and answers, addressed by routing ids (RFC 28)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, cast

from covey.errors import NoRoute, SocketClosed, UsageError, WouldBlock
from covey.options import Option
from covey.transports.link import Message

from .conflating import Conflating
from .events import Disconnected
from .greetings import Greeting, Probing
from .pipe import Pipe
from .receiving import Receiver
from .sending import BalancedSender, Payload, as_message
from .waiting import WaitQueue

__all__ = ["Dealer", "Router"]

_NAMED = object()  # marks a pipe whose routing id we chose
_HANDED_OVER = "its routing id was handed over to a newer connection"
_DISOWNED = object()  # ... whose routing id a newer connection has


class Dealer(Conflating, Probing, Greeting, BalancedSender, Receiver):
    """Sends to its peers in turn and receives from all of them, in no particular order.

    ::

        async with covey.Dealer(routing_id=b"worker-7") as worker:
            await worker.connect("tcp://127.0.0.1:5555")
            await worker.send(b"ready")
    """

    socket_type = "DEALER"
    connects_once = True
    peer_types = frozenset(("REP", "DEALER", "ROUTER"))
    sends_identity = True
    iterates_multipart = True

    hiccup_msg = Option(b"", "Received from ourselves when a connection of ours was lost.", number=114)

    def pipe_interrupted(self, pipe: Pipe) -> None:
        """Tell the application that the peer may have lost its memory of us."""
        super().pipe_interrupted(pipe)
        if self.hiccup_msg:
            self.inject(pipe, self.hiccup_msg)


class Router(Probing, Greeting, Receiver):
    """Knows its peers by routing id: each message received begins with it, each one sent is addressed by it.

    A peer chooses its routing id by the option `routing_id`; who does not, gets one of five octets for as long
    as the connection lives. To answer, send what came back with the same first frame::

        async with covey.Router() as echo:
            await echo.bind("tcp://127.0.0.1:5555")
            async for who, *question in echo:
                await echo.send_multipart([who, *question])

    A first broker has two of them. Clients (`Req`) ask at one; workers (`Dealer`) say b"ready" at the other, get
    questions with the client's routing id in front, and send the answers back behind it::

        async def broker(clients_at, workers_at):
            async with covey.Router() as clients, covey.Router(router_mandatory=True) as workers:
                await clients.bind(clients_at)
                await workers.bind(workers_at)
                free = asyncio.Queue()

                async def hand_out():
                    async for client, *question in clients:
                        while True:
                            worker = await free.get()
                            try:
                                await workers.send_multipart([worker, client, *question])
                                break
                            except covey.NoRoute:
                                pass                              # it has left: take the next

                async def bring_back():
                    async for worker, *frames in workers:
                        if frames != [b"ready"]:
                            await clients.send_multipart(frames)  # client, envelope, answer
                        free.put_nowait(worker)

                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(hand_out())
                    tasks.create_task(bring_back())

    `examples/broker.py` is this broker, with a worker and a client to try it; `docs/sockets/router.md` explains it.

    A message for an unknown routing id is dropped, counted in `statistics().dropped` and told by a `Dropped` event;
    so is one for a peer whose queue is full. With `router_mandatory` the first raises `NoRoute`, the second waits.
    """

    socket_type = "ROUTER"
    peer_types = frozenset(("REQ", "DEALER", "ROUTER"))
    sends_identity = True
    iterates_multipart = True

    router_mandatory = Option(
        False, "Raise NoRoute for an unknown routing id instead of dropping.", number=33
    )
    router_handover = Option(False, "A newcomer with a routing id that is taken takes it over.", number=56)
    router_notify = Option(
        0,
        "Receive [routing id, empty] when a peer comes (1), goes (2), or both (3).",
        number=97,
        low=0,
        high=3,
    )
    connect_routing_id = Option(
        b"", "Routing id of the peer that the next connect() reaches, whatever it says.", number=61, high=255
    )
    disconnect_msg = Option(b"", "Received as [routing id, this] when a peer goes.", number=111)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._routes: dict[bytes, Pipe] = {}
        self._next_identity = int.from_bytes(os.urandom(4), "big")
        self._writers = WaitQueue()

    # -- who is there -------------------------------------------------------------------------------------

    def pipe_opened(self, pipe: Pipe) -> None:
        """Enter the peer under its routing id, or under one of our making."""
        self._enter(pipe)
        super().pipe_opened(pipe)
        if self.router_notify & 1 and self._routes.get(pipe.identity) is pipe:
            self.inject(pipe, [pipe.identity, b""])

    def pipe_dialling(self, pipe: Pipe) -> None:
        """Give the peer the name that `connect_routing_id` says.

        Raises:
            UsageError: somebody has that name.
        """
        name = self.connect_routing_id
        if not name:
            return
        if name in self._routes:
            raise UsageError(f"routing id {name!r} is taken")
        pipe.identity = name
        pipe.state = _NAMED
        self._routes[name] = pipe
        self.connect_routing_id = b""

    def _enter(self, pipe: Pipe) -> None:
        identity = pipe.properties.identity if pipe.properties is not None else b""
        if pipe.state is _DISOWNED:
            pipe.state = None  # it is another connection now
        if pipe.identity and self._routes.get(pipe.identity) is pipe:
            if pipe.state is _NAMED or identity in (b"", pipe.identity):
                return
            del self._routes[pipe.identity]
        if identity and identity in self._routes:
            if not self.router_handover:
                # libzmq lets such a connection live but never reads it; here it ends, and its owner sees why.
                self.pipe_refused(pipe, f"routing id {identity!r} is taken")
                return
            old = self._routes.pop(identity)
            self._disown(old)
        pipe.identity = identity or self._make_identity()
        self._routes[pipe.identity] = pipe

    def _disown(self, pipe: Pipe) -> None:
        """Leave a peer its connection, as libzmq does: were it closed, it would come back and take the id again."""
        pipe.identity = b""
        pipe.state = _DISOWNED
        self._monitor.emit(Disconnected(pipe.endpoint, pipe.address, _HANDED_OVER))

    def _make_identity(self) -> bytes:
        self._next_identity = (self._next_identity + 1) & 0xFFFFFFFF
        return b"\0" + self._next_identity.to_bytes(4)

    def pipe_detached(self, pipe: Pipe) -> None:
        """Forget the peer's routing id."""
        super().pipe_detached(pipe)
        if self._routes.get(pipe.identity) is pipe:
            del self._routes[pipe.identity]
            if pipe.properties is not None:
                self._tell_of_leaving(pipe)
        self._writers.wake_all()

    def _tell_of_leaving(self, pipe: Pipe) -> None:
        if self.disconnect_msg:
            self.inject(pipe, [pipe.identity, self.disconnect_msg])
        if self.router_notify & 2:
            self.inject(pipe, [pipe.identity, b""])

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Put the routing id in front of each message; drop those of a peer that has none any more."""
        if pipe.state is _DISOWNED:
            self.count_dropped(pipe, len(messages), _HANDED_OVER)
            return []
        identity = pipe.identity
        return [
            [identity, message] if isinstance(message, bytes) else [identity, *message]
            for message in messages
        ]

    async def recv_many(self, limit: int = 1000) -> Sequence[list[bytes]]:
        """Wait for one message and return it with all that are there, each `[routing_id, *frames]`."""
        return cast("Sequence[list[bytes]]", await super().recv_many(limit))

    # -- sending ------------------------------------------------------------------------------------------

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Send `frames[1:]` to the peer whose routing id is `frames[0]`.

        An unknown id or a full queue drops the message and counts it; with `router_mandatory` an unknown
        id raises and a full queue is waited for.

        Raises:
            NoRoute: no such peer (`router_mandatory`).
        """
        identity, message = self._addressed(frames)
        while not self._route(identity, message):
            await self._writers.wait()

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Send without waiting.

        Raises:
            NoRoute: no such peer (`router_mandatory`).
            WouldBlock: its queue is full (`router_mandatory`).
        """
        identity, message = self._addressed(frames)
        if not self._route(identity, message):
            raise WouldBlock(f"the queue of {identity!r} is full")

    async def send(self, data: Payload) -> None:
        """Refuse: a ROUTER needs an address; use `send_multipart([routing_id, data])`."""
        raise UsageError("a ROUTER sends to an address: send_multipart([routing_id, data])")

    def send_nowait(self, data: Payload) -> None:
        """Refuse: a ROUTER needs an address; use `send_multipart_nowait([routing_id, data])`."""
        raise UsageError("a ROUTER sends to an address: send_multipart_nowait([routing_id, data])")

    async def send_many(self, messages: Iterable[Sequence[Payload]]) -> int:
        """Send many addressed messages and return how many."""
        count = 0
        for frames in messages:
            await self.send_multipart(frames)
            count += 1
        return count

    def _addressed(self, frames: Sequence[Payload]) -> tuple[bytes, Message]:
        message = as_message(frames)
        if isinstance(message, bytes):
            raise UsageError("a message for a ROUTER has a routing id and at least one frame more")
        return message[0], message[1] if len(message) == 2 else message[1:]

    def _route(self, identity: bytes, message: Message) -> bool:
        self._check_open()
        pipe = self._routes.get(identity)
        if pipe is None:
            if self.router_mandatory:
                raise NoRoute(identity)
            self.count_unrouted(f"no route to {identity!r}")
            return True
        if pipe.full:
            if self.router_mandatory:
                return False
            self.count_dropped(pipe, 1, f"the queue of {identity!r} is full")
            return True
        pipe.write(message)
        return True

    def pipe_writable(self, pipe: Pipe) -> None:
        """Wake who waits for room."""
        self._writers.wake_all()

    def socket_closed(self, error: SocketClosed) -> None:
        """Wake everybody who waits for room."""
        super().socket_closed(error)
        self._writers.fail(error)
