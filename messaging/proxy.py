"""Passing messages between two sockets: brokers, forwarders, streamers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from struct import Struct
from typing import Any

from covey.errors import SocketClosed, WouldBlock
from covey.values import frozen

from .socket import Socket

__all__ = ["Proxy", "ProxyStatistics", "proxy"]

_COUNTERS = Struct("=Q")


@frozen
class ProxyStatistics:
    """What a proxy has passed on, in parts and octets, as libzmq counts."""

    frontend_received: tuple[int, int]
    frontend_sent: tuple[int, int]
    backend_received: tuple[int, int]
    backend_sent: tuple[int, int]
    lost: int
    """Messages that were in hand when the proxy was cancelled and found no room."""


class _Counter:
    __slots__ = ("octets", "parts")

    def __init__(self) -> None:
        self.parts = 0
        self.octets = 0

    def count(self, frames: list[bytes]) -> None:
        self.parts += len(frames)
        self.octets += sum(map(len, frames))

    @property
    def value(self) -> tuple[int, int]:
        return self.parts, self.octets


class Proxy:
    """Passes messages both ways, as far as the two types can receive and send; can be steered.

    Args:
        frontend: one end.
        backend: the other; may be the same socket.
        capture: gets a copy of every message, before it is passed on.
    """

    def __init__(self, frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
        self._frontend = frontend
        self._backend = backend
        self._capture: Any = capture
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._stopped = asyncio.Event()
        self._counters = {(end, way): _Counter() for end in ("front", "back") for way in ("received", "sent")}
        self._lost = 0

    def pause(self) -> None:
        """Take no more messages until `resume`."""
        self._may_run.clear()

    def resume(self) -> None:
        """Take messages again."""
        self._may_run.set()

    def stop(self) -> None:
        """End `run`; no message is lost."""
        self._stopped.set()

    def statistics(self) -> ProxyStatistics:
        """Return the counters."""
        values = {key: counter.value for key, counter in self._counters.items()}
        return ProxyStatistics(
            frontend_received=values["front", "received"],
            frontend_sent=values["front", "sent"],
            backend_received=values["back", "received"],
            backend_sent=values["back", "sent"],
            lost=self._lost,
        )

    async def run(self, control: Socket | None = None) -> None:
        """Pass messages on until `stop`, or until one of the sockets is closed.

        Args:
            control: receives PAUSE, RESUME, TERMINATE and STATISTICS; a REP gets an answer to each.

        Cancel: a message in hand is passed on if there is room, else counted as lost.
        """
        ways = [self._pass_on(self._frontend, self._backend, "front", "back")]
        if self._backend is not self._frontend:
            ways.append(self._pass_on(self._backend, self._frontend, "back", "front"))
        if control is not None:
            ways.append(self._obey(control))
        tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(way) for way in ways]
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    await task
        except SocketClosed:
            return
        finally:
            waiters: list[asyncio.Future[Any]] = [*tasks, stopped]
            for task in waiters:
                task.cancel()
            await asyncio.gather(*waiters, return_exceptions=True)

    async def _pass_on(self, source: Any, target: Any, came_from: str, goes_to: str) -> None:
        if not hasattr(source, "recv_multipart") or not hasattr(target, "send_multipart"):
            await self._stopped.wait()
            return
        received, sent = self._counters[came_from, "received"], self._counters[goes_to, "sent"]
        while True:
            await self._may_run.wait()
            frames = await source.recv_multipart()
            received.count(frames)
            async with self._in_hand(target, frames):
                if self._capture is not None:
                    await self._capture.send_multipart(frames)
                await target.send_multipart(frames)
            sent.count(frames)

    @asynccontextmanager
    async def _in_hand(self, target: Any, frames: list[bytes]) -> AsyncIterator[None]:
        """Pass a message on even when cancelled while it waits for room."""
        try:
            yield
        except asyncio.CancelledError:
            try:
                target.send_multipart_nowait(frames)
            except (WouldBlock, SocketClosed):
                self._lost += 1
            raise

    async def _obey(self, control: Any) -> None:
        answers = control.socket_type == "REP"
        while True:
            command = await control.recv()
            if command == b"STATISTICS":
                if hasattr(control, "send_multipart"):
                    await control.send_multipart(self._packed())
                continue
            if answers:
                await control.send(b"")
            actions = {b"PAUSE": self.pause, b"RESUME": self.resume, b"TERMINATE": self.stop}
            action = actions.get(command)
            if action is not None:
                action()

    def _packed(self) -> list[bytes]:
        """Return eight counters as libzmq's steerable proxy sends them."""
        counted = self.statistics()
        pairs = (
            counted.frontend_received,
            counted.frontend_sent,
            counted.backend_received,
            counted.backend_sent,
        )
        return [_COUNTERS.pack(number) for pair in pairs for number in pair]


async def proxy(
    frontend: Socket, backend: Socket, capture: Socket | None = None, control: Socket | None = None
) -> None:
    """Pass messages between two sockets until cancelled, told to TERMINATE, or one of them is closed.

    ::

        async with covey.Router() as front, covey.Dealer() as back:
            await front.bind("tcp://*:5555")
            await back.bind("tcp://*:5556")
            await covey.proxy(front, back)
    """
    await Proxy(frontend, backend, capture).run(control)
