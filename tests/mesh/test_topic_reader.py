"""Reading other nodes' topics."""

from __future__ import annotations

import asyncio
from uuid import UUID

from covey.mesh.peers import Peer
from covey.mesh.publisher import TopicPublisher
from covey.mesh.subscription import Subscription
from covey.mesh.topic_reader import TopicReader

PEER = Peer(UUID(int=1), "a", "tcp://127.0.0.1:1")


def subscription(reader: TopicReader, pattern: str, *, own: bool = False) -> Subscription:
    return Subscription(pattern, reader.open, reader.close_one, own=own)


async def test_messages_go_to_the_subscriptions_that_match() -> None:
    async with TopicPublisher(linger=0) as publisher, asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        endpoint = await publisher.bind("tcp://127.0.0.1:*")
        reader = TopicReader(tasks, lambda key: None)
        async with subscription(reader, "a") as first:
            reader.peer_entered(PEER, endpoint)
            async with subscription(reader, "ab") as second, subscription(reader, "x"):
                await publisher.wait_subscribed(b"x")
                assert publisher.publish(b"abc", b"1") == 1
                assert publisher.publish(b"ac", b"2") == 1
                assert publisher.publish(b"q", b"3") == 0
                assert [(await anext(first)).data for _ in range(2)] == [b"1", b"2"]
                message = await anext(second)
                assert (message.topic, message.sender) == ("abc", PEER)
            assert reader.received == 2
        await reader.close()


async def test_nobody_is_connected_to_while_nothing_is_subscribed() -> None:
    async with TopicPublisher(linger=0) as publisher, asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        endpoint = await publisher.bind("tcp://127.0.0.1:*")
        reader = TopicReader(tasks, lambda key: None)
        reader.peer_entered(PEER, endpoint)
        await asyncio.sleep(0.05)
        assert publisher.connected_count() == 0
        async with subscription(reader, "a"):
            await publisher.wait_subscribed(b"a")
        await reader.close()


async def test_what_a_leaving_peer_published_last_is_still_read() -> None:
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        reader = TopicReader(tasks, lambda key: None)
        publisher = TopicPublisher()
        reader.peer_entered(PEER, await publisher.bind("tcp://127.0.0.1:*"))
        async with subscription(reader, "") as everything:
            await publisher.wait_subscribed(b"")
            for number in range(1000):
                publisher.publish(b"t", str(number).encode())
            reader.peer_exited(PEER.uuid)
            await publisher.close()
            assert [int((await anext(everything)).data) for _ in range(1000)] == list(range(1000))
        await reader.close()


async def test_messages_that_are_not_topic_and_data_are_ignored() -> None:
    async with TopicPublisher(linger=0) as publisher, asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        reader = TopicReader(tasks, lambda key: None)
        reader.peer_entered(PEER, await publisher.bind("tcp://127.0.0.1:*"))
        async with subscription(reader, "") as everything:
            await publisher.wait_subscribed(b"")
            await publisher.send(b"alone")
            await publisher.send_multipart([b"t", b"1", b"2"])
            publisher.publish(b"\xff", b"3")
            message = await anext(everything)
            assert (message.topic, message.data) == ("\ufffd", b"3")
        await reader.close()


async def test_own_messages_go_to_those_who_ask_for_them() -> None:
    async with asyncio.TaskGroup() as tasks:
        reader = TopicReader(tasks, lambda key: None)
        async with subscription(reader, "t", own=True) as own, subscription(reader, "t") as others:
            assert reader.wants_own(b"topic")
            assert not reader.wants_own(b"other")
            reader.deliver(b"topic", b"x", PEER, own=True)
            reader.deliver(b"topic", b"y", PEER)
            assert [(await anext(own)).data for _ in range(2)] == [b"x", b"y"]
            assert (await anext(others)).data == b"y"
        assert reader.received == 1
        await reader.close()


async def test_a_closed_reader_ends_subscriptions_old_and_new() -> None:
    async with asyncio.TaskGroup() as tasks:
        reader = TopicReader(tasks, lambda key: None)
        old = subscription(reader, "")
        async with old:
            await reader.close()
            assert [message async for message in old] == []
        async with subscription(reader, "") as new:
            assert [message async for message in new] == []
        assert reader.dropped_messages() == 0
