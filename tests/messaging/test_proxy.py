"""Proxies: both ways, captured, paused, counted, ended without loss."""

from __future__ import annotations

import asyncio
from struct import unpack

from covey.messaging import Dealer, Pair, Pull, Push, Rep, Req, Router, Sub, XPub, XSub
from covey.messaging.proxy import Proxy, proxy
from covey.messaging.pubsub import Pub
from tests.messaging.helpers import soon


async def test_questions_and_answers_pass_a_broker() -> None:
    async with Router() as front, Dealer() as back, Rep() as rep, Req() as req:
        await req.connect(await front.bind("inproc://front"))
        await rep.connect(await back.bind("inproc://back"))
        task = asyncio.create_task(proxy(front, back))
        for number in range(20):
            await req.send(b"%d" % number)
            assert await soon(rep.recv()) == b"%d" % number
            await rep.send(b"ok")
            assert await soon(req.recv()) == b"ok"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_subscriptions_pass_a_forwarder() -> None:
    async with XSub() as front, XPub() as back, Pub() as pub, Sub() as sub:
        await front.connect(await pub.bind("inproc://pub"))
        await sub.connect(await back.bind("inproc://out"))
        running = Proxy(front, back)
        task = asyncio.create_task(running.run())
        sub.subscribe(b"t")
        await soon(pub.wait_subscribed(b"t"))
        await pub.send(b"topic")
        assert await soon(sub.recv()) == b"topic"
        running.stop()
        await soon(task)


async def test_a_proxy_is_steered_captured_and_counted() -> None:
    async with (
        Pull() as front,
        Push() as back,
        Push() as source,
        Pull() as sink,
        Pair() as control,
        Pair() as hand,
        Push() as capture,
        Pull() as seen,
    ):
        await source.connect(await front.bind("inproc://in"))
        await sink.connect(await back.bind("inproc://through"))
        await hand.connect(await control.bind("inproc://control"))
        await seen.connect(await capture.bind("inproc://seen"))
        task = asyncio.create_task(proxy(front, back, capture, control))
        await source.send_multipart([b"a", b"bc"])
        assert await soon(sink.recv_multipart()) == [b"a", b"bc"]
        assert await soon(seen.recv_multipart()) == [b"a", b"bc"]
        await hand.send(b"STATISTICS")
        numbers = [unpack("=Q", frame)[0] for frame in await soon(hand.recv_multipart())]
        assert numbers == [2, 3, 0, 0, 0, 0, 2, 3]
        await hand.send(b"nonsense")
        await hand.send(b"TERMINATE")
        await soon(task)


async def test_a_paused_proxy_keeps_messages_waiting() -> None:
    async with Pull() as front, Push() as back, Push() as source, Pull() as sink:
        await source.connect(await front.bind("inproc://in"))
        await sink.connect(await back.bind("inproc://out"))
        running = Proxy(front, back)
        running.pause()
        task = asyncio.create_task(running.run())
        await source.send(b"x")
        for _ in range(5):
            await asyncio.sleep(0)
        assert running.statistics().frontend_received == (0, 0)
        running.resume()
        assert await soon(sink.recv()) == b"x"
        running.stop()
        await soon(task)


async def test_a_cancelled_proxy_counts_what_it_could_not_pass_on() -> None:
    async with Pull() as front, Push() as back, Push() as source:
        await source.connect(await front.bind("inproc://in"))
        running = Proxy(front, back)
        task = asyncio.create_task(running.run())
        await source.send(b"x")
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert running.statistics().lost == 1


async def test_closing_a_socket_ends_the_proxy() -> None:
    async with Pull() as front, Push() as back:
        await front.bind("inproc://in")
        task = asyncio.create_task(proxy(front, back))
        await asyncio.sleep(0)
        await front.close()
        await soon(task)
