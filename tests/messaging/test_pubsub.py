"""PUB, SUB, XPUB and XSUB: topics, slow subscribers, subscriptions that come and go."""

from __future__ import annotations

import asyncio

import pytest

from covey.messaging import Pub, Sub, XPub, XSub
from tests.messaging.helpers import connected, soon


async def test_a_message_reaches_those_who_asked_for_its_topic() -> None:
    async with connected(Pub(), Sub(), Sub()) as (pub, weather, everything):
        weather.subscribe("weather")
        everything.subscribe()
        await soon(pub.wait_subscribed("weather", 2))
        await pub.send_multipart([b"news", b"x"])
        await pub.send_multipart([b"weather.kitchen", b"y"])
        assert await soon(weather.recv_multipart()) == [b"weather.kitchen", b"y"]
        assert await soon(everything.recv_multipart()) == [b"news", b"x"]
        assert await soon(everything.recv_multipart()) == [b"weather.kitchen", b"y"]


async def test_only_the_last_unsubscribe_cancels() -> None:
    async with connected(XPub(), Sub()) as (pub, sub):
        sub.subscribe(b"a")
        sub.subscribe(b"a")
        sub.unsubscribe(b"a")
        sub.unsubscribe(b"unknown")
        sub.subscribe(b"mark")
        assert await soon(pub.recv()) == b"\x01a"
        assert await soon(pub.recv()) == b"\x01mark"
        sub.unsubscribe(b"a")
        assert await soon(pub.recv()) == b"\x00a"


async def test_subscriptions_are_told_again_after_a_reconnect() -> None:
    pub = Pub()
    where = await pub.bind("tcp://127.0.0.1:*")
    async with Sub(reconnect_ivl=5) as sub:
        sub.subscribe(b"t")
        await sub.connect(where)
        await soon(pub.wait_subscribed(b"t"))
        await pub.close()
        async with Pub() as again:
            await again.bind(where)
            await soon(again.wait_subscribed(b"t"))
            await again.send(b"t1")
            assert await soon(sub.recv()) == b"t1"


async def test_a_subscriber_that_filters_gets_what_lies_behind_a_flood() -> None:
    """Whoever sends more than was asked for must not stall who filters (the mark counts what is kept)."""
    async with connected(XPub(), Sub(rcvhwm=10)) as (pub, sub):
        sub.subscribe(b"a")
        await soon(pub.recv())
        pipe = next(iter(sub._pipes))
        sub._topics.remove(b"a")
        sub._topics.add(b"b")
        for _ in range(500):
            pub.send_nowait(b"a")
        sub._topics.add(b"a2")
        pub.send_nowait(b"a2")
        assert await soon(sub.recv()) == b"a2"
        assert pipe.received == 501


async def test_a_slow_subscriber_misses_messages_which_are_counted_and_delays_nobody() -> None:
    pub = Pub(sndhwm=10, sndbuf=4096)
    async with connected(pub, Sub(rcvhwm=10, rcvbuf=4096), Sub(rcvhwm=10_000)) as (_, slow, fast):
        slow.subscribe()
        fast.subscribe()
        await soon(pub.wait_subscribed(b"", 2))
        for number in range(1000):
            await pub.send(b"%03d" % number + bytes(1000))
            assert (await soon(fast.recv()))[:3] == b"%03d" % number
        assert pub.statistics().dropped > 0


async def test_xpub_hears_of_topics_once_and_of_their_end() -> None:
    async with connected(XPub(), XSub(), XSub()) as (pub, one, two):
        await one.send(b"\x01a")
        assert await soon(pub.recv()) == b"\x01a"
        await two.send(b"\x01a")
        await two.send(b"\x01b")
        assert await soon(pub.recv()) == b"\x01b"
        await two.close()
        assert await soon(pub.recv()) == b"\x00b"
        await one.close()
        assert await soon(pub.recv()) == b"\x00a"


async def test_xpub_verbose_hears_every_subscription() -> None:
    async with connected(XPub(xpub_verbose=True), XSub(), XSub()) as (pub, one, two):
        await one.send(b"\x01a")
        await two.send(b"\x01a")
        assert [await soon(pub.recv()) for _ in range(2)] == [b"\x01a", b"\x01a"]


async def test_messages_go_upstream() -> None:
    async with connected(XPub(), XSub()) as (pub, sub):
        await sub.send(b"question")
        await sub.send_multipart([b"\x01not a subscription", b"x"])
        assert await soon(pub.recv()) == b"question"
        assert await soon(pub.recv_multipart()) == [b"\x01not a subscription", b"x"]


async def test_wait_subscribed_can_be_given_up() -> None:
    async with Pub() as pub:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await pub.wait_subscribed(b"nobody")


async def test_many_subscriptions_are_quick_to_make() -> None:
    async with Sub() as sub:
        for number in range(100_000):
            sub.subscribe(b"%06d" % number)
        assert len(sub._topics) == 100_000
