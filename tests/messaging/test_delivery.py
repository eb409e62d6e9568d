"""Nothing is lost, doubled or reordered by cancelled calls and by links that come and go while idle.

`python -m benchmarks.delivery` does the same with ten million messages.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from covey.messaging import Pull, Push
from covey.messaging.events import Disconnected
from covey.messaging.monitor import EventStream
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from tests.messaging.delivery import Delivery, body_of, number_of
from tests.messaging.helpers import soon
from tests.messaging.relay import relay


@pytest.mark.parametrize("binder", ["push", "pull"])
@pytest.mark.parametrize(
    ("endpoint", "count"), [("tcp://127.0.0.1:*", 100_000), ("ipc://{}/s", 30_000), ("inproc://d", 30_000)]
)
async def test_cancelled_calls_and_idle_reconnects_lose_nothing(
    endpoint: str, count: int, binder: str, tmp_path: Path
) -> None:
    async with Push() as push, Pull() as pull:
        bound, dialling = (push, pull) if binder == "push" else (pull, push)
        where = await bound.bind(endpoint.format(tmp_path))
        delivery = Delivery(push, pull, count, random.Random(f"{endpoint}{binder}"), dialling, where)
        await delivery.run()
        assert delivery.cancelled > 5
        assert delivery.redials > 0


async def test_sealed_messages_are_delivered_as_reliably() -> None:
    keys = CurveKeys.generate()
    client = CurveClient(CurveKeys.generate(), keys.public)
    async with Push(security=client) as push, Pull(security=CurveServer(keys)) as pull:
        where = await pull.bind("tcp://127.0.0.1:*")
        await Delivery(push, pull, 30_000, random.Random(3), push, where).run()


async def test_low_marks_change_nothing() -> None:
    options: dict[str, Any] = {"sndbuf": 4096, "rcvbuf": 4096}
    async with Push(sndhwm=3, **options) as push, Pull(rcvhwm=2, **options) as pull:
        where = await pull.bind("tcp://127.0.0.1:*")
        await Delivery(push, pull, 10_000, random.Random(4), push, where).run()


async def test_a_cut_loses_only_what_was_under_way_and_doubles_nothing() -> None:
    count, cuts = 40_000, 8
    options: dict[str, Any] = {"sndbuf": 4096, "rcvbuf": 4096}
    async with (
        Push(**options) as push,
        Pull(**options) as pull,
        relay(await pull.bind("tcp://127.0.0.1:*")) as between,
    ):
        await push.connect(between.endpoint)
        stream = _Stream(push, pull, count)
        sending = asyncio.create_task(stream.send())
        receiving = asyncio.create_task(stream.receive())
        events = push.events()
        under_way: list[range] = []
        for cut in range(cuts):
            await soon(stream.until_received(count * (cut + 1) // (cuts + 2)))
            seen = max(stream.received)
            between.cut()
            await soon(_disconnected(events))
            waiting = sum(one.outbox for one in push.statistics().connections)
            under_way.append(range(seen + 1, stream.sent - waiting))
        await soon(sending)
        await soon(receiving)
        assert len(stream.received) == len(set(stream.received))
        missing = set(range(count)) - set(stream.received)
        assert [number for number in missing if not any(number in window for window in under_way)] == []


class _Stream:
    """Numbered messages that may have gaps; the last one, numbered `count`, ends them."""

    def __init__(self, push: Push, pull: Pull, count: int) -> None:
        self._push, self._pull, self._count = push, pull, count
        self._more = asyncio.Event()
        self.sent = 0
        self.received: list[int] = []

    async def send(self) -> None:
        while self.sent <= self._count:
            await self._push.send(body_of(self.sent))
            self.sent += 1

    async def receive(self) -> None:
        async for body in self._pull:
            self._more.set()
            if number_of(body) == self._count:
                return
            self.received.append(number_of(body))

    async def until_received(self, number: int) -> None:
        while not self.received or self.received[-1] < number:
            self._more.clear()
            await self._more.wait()


async def _disconnected(events: EventStream) -> None:
    async for event in events:
        if isinstance(event, Disconnected):
            return
