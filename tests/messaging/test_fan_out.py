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


async def test_ways_of_sending_mix_in_order_where_everybody_wants_everything() -> None:
    async with connected(Pub(), Sub()) as (pub, sub):
        sub.subscribe(b"")
        await soon(pub.wait_subscribed(b""))
        wanted: list[bytes | list[bytes]] = []
        for number in range(200):
            text = b"%d" % number
            await pub.send(text)
            pub.send_nowait(text + b" now")
            await pub.send_multipart([text, b"parts"])
            pub.send_multipart_nowait([text, b"now"])
            wanted += [text, text + b" now", [text, b"parts"], [text, b"now"]]
            if number % 50 == 0:
                await pub.send_many([text, [text, b"many"]])
                wanted += [text, [text, b"many"]]
        got: list[bytes | list[bytes]] = []
        while len(got) < len(wanted):
            got += await soon(sub.recv_many())
        assert got == wanted


async def test_the_loop_has_its_turn_while_messages_are_sent_one_by_one() -> None:
    async with connected(Pub(sndhwm=0), Sub()) as (pub, sub):
        sub.subscribe(b"")
        await soon(pub.wait_subscribed(b""))
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            counting = group.create_task(count())
            for _ in range(5000):
                await pub.send(b"x")
            counting.cancel()
        assert turns >= 4


async def test_nothing_is_dropped_where_a_slow_subscriber_is_waited_for() -> None:
    async with connected(Pub(sndhwm=10, sndbuf=4096, xpub_nodrop=True), Sub(rcvhwm=10, rcvbuf=4096)) as (
        pub,
        sub,
    ):
        sub.subscribe(b"")
        await soon(pub.wait_subscribed(b""))
        async with asyncio.TaskGroup() as group:
            group.create_task(send_numbers(pub, 500))
            for number in range(500):
                assert (await soon(sub.recv()))[:3] == b"%03d" % number
        assert pub.statistics().dropped == 0


async def send_numbers(pub: Pub, count: int) -> None:
    for number in range(count):
        await pub.send(b"%03d" % number + bytes(2000))


async def test_a_subscription_granted_between_two_messages_counts_from_there() -> None:
    async with connected(XPub(xpub_manual=True), Sub(), Sub()) as (pub, first, second):
        first.subscribe(b"")
        await soon(pub.recv())
        pub.subscribe(b"")
        second.subscribe(b"")
        await soon(pub.recv())
        await pub.send(b"1")
        await pub.send(b"2")
        pub.subscribe(b"")
        await pub.send(b"3")
        assert [await soon(first.recv()) for _ in range(3)] == [b"1", b"2", b"3"]
        assert await soon(second.recv()) == b"3"
