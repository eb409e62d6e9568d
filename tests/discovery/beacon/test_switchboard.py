"""When the sockets of a beacon are read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from covey.discovery.announce.place import Place
from covey.discovery.beacon.routes import Mode, plan_routes
from covey.discovery.beacon.switchboard import Switchboard
from covey.discovery.beacon.udp import Datagram
from covey.discovery.interfaces import usable_interfaces

PORT = 45670


class Listener:
    """What came, and how long more of it may wait."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.heard: list[bytes] = []
        self.news = asyncio.Event()

    def take(self, datagram: Datagram, _: Place) -> None:
        self.heard.append(datagram.data)
        self.news.set()

    async def hears(self, what: list[bytes]) -> None:
        async with asyncio.timeout(5):
            while self.heard != what:
                self.news.clear()
                await self.news.wait()


@contextmanager
def switchboard(interface: str, listener: Listener) -> Iterator[Switchboard]:
    board = Switchboard(
        PORT, listener.take, lambda: None, answerable=True, patience=lambda: listener.patience
    )
    board.use(plan_routes(usable_interfaces([interface]), [Mode.BROADCAST]))
    try:
        yield board
    finally:
        board.close()


def send(what: bytes, port: int = PORT) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(what, ("127.0.0.1", port))


async def a_few_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_may_wait_waits_and_an_answer_does_not(loopback: str) -> None:
    listener = Listener(patience=3600.0)
    with switchboard(loopback, listener) as board:
        send(b"first")
        await listener.hears([b"first"])
        for number in range(3):
            send(b"%d" % number)
            await a_few_turns()
        assert listener.heard == [b"first"]
        own = board._own[4]._socket.getsockname()[1]  # type: ignore[attr-defined]
        send(b"answer", own)
        await listener.hears([b"first", b"answer"])


async def test_what_waited_is_read_and_impatience_is_noticed(loopback: str) -> None:
    listener = Listener(patience=0.01)
    with switchboard(loopback, listener) as board:
        send(b"first")
        await listener.hears([b"first"])
        assert len(board._pauses) == 1
        listener.patience = 0.0
        send(b"second")
        await listener.hears([b"first", b"second"])
        await a_few_turns()
        assert not board._pauses
        send(b"third")
        await listener.hears([b"first", b"second", b"third"])
