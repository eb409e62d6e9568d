"""Sockets work under uvloop, for those who install it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from covey.messaging import Pub, Pull, Push, Rep, Req, Sub
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from tests.conftest import missing
from tests.messaging.delivery import Delivery
from tests.messaging.helpers import connected, soon

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def on_uvloop() -> Run:
    try:
        import uvloop
    except ImportError:
        missing("uvloop is not installed")

    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)

    return run


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:*", "ipc://{}/s", "inproc://uv"])
def test_cancelled_calls_and_reconnects_lose_nothing(on_uvloop: Run, endpoint: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with Push() as push, Pull() as pull:
            where = await pull.bind(endpoint.format(tmp_path))
            await Delivery(push, pull, 10_000, random.Random(endpoint), push, where).run()

    on_uvloop(main())


def test_sealed_questions_are_answered(on_uvloop: Run) -> None:
    async def main() -> None:
        keys = CurveKeys.generate()
        ask = Req(security=CurveClient(CurveKeys.generate(), keys.public))
        async with connected(Rep(security=CurveServer(keys)), ask) as (rep, _):
            for size in (0, 1, 255, 300_000):
                await ask.send(bytes(size))
                await rep.send(await soon(rep.recv()))
                assert await soon(ask.recv()) == bytes(size)

    on_uvloop(main())


def test_subscribers_get_what_they_asked_for(on_uvloop: Run) -> None:
    async def main() -> None:
        async with connected(Pub(), Sub(), Sub()) as (pub, *subs):
            for sub in subs:
                sub.subscribe(b"a")
            await soon(pub.wait_subscribed(b"a", 2))
            for number in range(500):
                await pub.send(b"%c%d" % (b"ab"[number % 2], number))
            for sub in subs:
                assert [await soon(sub.recv()) for _ in range(250)] == [b"a%d" % n for n in range(0, 500, 2)]

    on_uvloop(main())
