"""A publisher's messages in a row are given to all subscribers at once: nobody notices but the clock."""

from __future__ import annotations

import asyncio

import pytest

from covey.messaging import Pub, Sub, XPub
from covey.messaging.events import Dropped
from tests.messaging.helpers import connected, soon


@pytest.mark.parametrize("kind", [Pub, XPub])
async def test_runs_and_single_messages_keep_their_order(kind: type[Pub | XPub]) -> None:
    async with connected(kind(), Sub(), Sub(), Sub()) as (pub, *subs):
        for sub in subs:
            sub.subscribe(b"all")
        subs[0].subscribe(b"one")
        await soon(pub.wait_subscribed(b"all", 3))
        await soon(pub.wait_subscribed(b"one"))
        sent = [b"%s %d" % (b"one" if number % 7 > 4 else b"all", number) for number in range(300)]
        for message in sent:
            pub.send_nowait(message)
        await pub.send_multipart([b"all", b"end"])
        for sub, wanted in zip(subs, (b"", b"all", b"all"), strict=True):
            for message in sent:
                if message.startswith(wanted):
                    assert await soon(sub.recv()) == message
            assert await soon(sub.recv_multipart()) == [b"all", b"end"]


async def test_the_mark_holds_for_each_subscriber_alone() -> None:
    async with connected(Pub(sndhwm=10, sndbuf=4096), Sub(rcvhwm=10, rcvbuf=4096), Sub()) as (
        pub,
        slow,
        quick,
    ):
        slow.subscribe(b"")
        quick.subscribe(b"")
        await soon(pub.wait_subscribed(b"", 2))
        events = pub.events()
        body = bytes(2000)
        for number in range(500):
            await pub.send(b"%03d" % number + body)
            assert (await soon(quick.recv()))[:3] == b"%03d" % number
        dropped = pub.statistics().dropped
        assert dropped > 300
        got = [(await soon(slow.recv()))[:3] for _ in range(500 - dropped)]
        assert got == sorted(set(got))
        await pub.close(0)
        assert sum([event.count async for event in events if isinstance(event, Dropped)]) == dropped


async def test_what_was_sent_right_before_closing_arrives() -> None:
    async with connected(Pub(), Sub(), Sub()) as (pub, *subs):
        for sub in subs:
            sub.subscribe(b"")
        await soon(pub.wait_subscribed(b"", 2))
        for number in range(100):
            pub.send_nowait(b"%d" % number)
        assert await soon(pub.close()) == 0
        for sub in subs:
            assert [await soon(sub.recv()) for _ in range(100)] == [b"%d" % number for number in range(100)]


async def test_closing_without_linger_counts_what_was_given_up() -> None:
    async with connected(Pub(linger=0), Sub(), Sub()) as (pub, *subs):
        for sub in subs:
            sub.subscribe(b"")
        await soon(pub.wait_subscribed(b"", 2))
        for number in range(50):
            pub.send_nowait(b"%d" % number)
        assert [one.outbox for one in pub.statistics().connections] == [50, 50]
        assert await soon(pub.close()) == 100


async def test_a_subscriber_that_leaves_costs_the_others_nothing() -> None:
    async with connected(Pub(), Sub(), Sub(), Sub()) as (pub, leaver, *subs):
        for sub in (leaver, *subs):
            sub.subscribe(b"")
        await soon(pub.wait_subscribed(b"", 3))
        for number in range(200):
            await pub.send(b"%d" % number)
            if number == 100:
                await leaver.close(0)
            if number % 20 == 0:
                await asyncio.sleep(0)
        for sub in subs:
            assert [await soon(sub.recv()) for _ in range(200)] == [b"%d" % number for number in range(200)]
