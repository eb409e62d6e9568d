"""Our topics."""

from __future__ import annotations

import asyncio

from covey.mesh.publisher import TopicPublisher
from covey.messaging import Sub


async def test_counts_who_gets_a_message_and_who_misses_it() -> None:
    async with TopicPublisher(sndhwm=2, linger=0) as publisher, Sub() as one, Sub() as two:
        endpoint = await publisher.bind("tcp://127.0.0.1:*")
        async with asyncio.timeout(5):
            for sub, topic in ((one, b"a"), (two, b"ab")):
                await sub.connect(endpoint)
                sub.subscribe(topic)
            await publisher.wait_subscribed(b"ab", 2)
            assert publisher.publish(b"ab", b"x") == 2
            assert publisher.publish(b"ac", b"x") == 1
            assert publisher.publish(b"b", b"x") == 0
            large = bytes(4 << 20)
            counts = [publisher.publish(b"ab", large) for _ in range(20)]
            assert counts[0] == 2
            assert counts[-1] == 0
            assert publisher.statistics().dropped == 40 - sum(counts)


async def test_settling_ends_with_the_first_subscriber_or_the_deadline() -> None:
    loop = asyncio.get_running_loop()
    async with TopicPublisher(linger=0) as publisher, Sub() as sub, asyncio.timeout(5):
        await publisher.settle(b"t", loop.time() + 0.01)
        await sub.connect(await publisher.bind("tcp://127.0.0.1:*"))
        sub.subscribe(b"")
        await publisher.settle(b"t", loop.time() + 60)
        assert publisher.subscriber_count(b"t") == 1


async def test_draining_ends_with_the_socket() -> None:
    publisher = TopicPublisher(linger=0)
    draining = asyncio.create_task(publisher.drain())
    async with Sub() as sub, asyncio.timeout(5):
        await sub.connect(await publisher.bind("tcp://127.0.0.1:*"))
        sub.subscribe(b"t")
        await publisher.wait_subscribed(b"t")
        await publisher.close()
        await draining
