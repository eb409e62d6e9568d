"""Subscriptions as applications hold them."""

from __future__ import annotations

from uuid import UUID

import pytest

from covey.mesh.peers import Peer
from covey.mesh.subscription import MESSAGES_LIMIT, Subscription, TopicMessage

SENDER = Peer(UUID(int=1), "a", "tcp://10.0.0.1:1")


class Record:
    """Notes when subscriptions open and close."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def make(self) -> Subscription:
        return Subscription(
            "t", lambda one: self.log.append("open"), lambda one: self.log.append("closed"), own=False
        )


async def test_opens_and_closes_with_its_context() -> None:
    record = Record()
    async with record.make() as subscription:
        subscription.put(TopicMessage("t", b"x", SENDER))
        assert (await anext(subscription)).data == b"x"
        assert record.log == ["open"]
    assert record.log == ["open", "closed"]
    await subscription.aclose()
    assert record.log == ["open", "closed"]
    with pytest.raises(StopAsyncIteration):
        await anext(subscription)


async def test_iterating_opens_it_too() -> None:
    record = Record()
    subscription = record.make()
    iterator = aiter(subscription)
    assert record.log == ["open"]
    subscription.put(TopicMessage("t", b"x", SENDER))
    subscription.end()
    assert [message.data async for message in iterator] == [b"x"]


async def test_the_oldest_messages_give_way_and_are_counted() -> None:
    subscription = Record().make()
    for number in range(MESSAGES_LIMIT + 7):
        subscription.put(TopicMessage(str(number), b"", SENDER))
    assert subscription.dropped == 7
    assert (await anext(subscription)).topic == "7"
