"""RADIO and DISH on two nodes, over a communication group and over a service range."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from covey.errors import MessageTooLarge, WouldBlock
from covey.messaging import Dish, Radio
from covey.messaging.events import SenderAppeared, SenderVanished
from covey.security.sealed_group import SealedGroup
from covey.transports.tipc.topology import ServicePublished, TopologyEvent
from covey.transports.tipc.watcher import TopologyClient
from tests.tipc.cluster import Node

MESSAGES = 10_000
GROUP = "tipc://{9400,0}"
RANGE = "tipc://{9410,0,9}"


async def until_members(events: object, count: int) -> None:
    """Wait until so many members were seen."""
    while count:
        event = await anext(events)  # type: ignore[call-overload]
        count -= isinstance(event, SenderAppeared)


async def until_bound(count: int) -> None:
    """Wait until this node knows of so many sockets that are bound to the range; RADIO and DISH are not told."""
    known: asyncio.Queue[TopologyEvent] = asyncio.Queue()
    async with TopologyClient(known.put_nowait) as topology:
        topology.subscribe(9410)
        while count:
            count -= isinstance(await known.get(), ServicePublished)


@pytest.mark.usefixtures("lossy")
async def test_four_members_get_ten_thousand_messages_in_order_and_one_is_seen_leaving(
    here: Node, there: Node
) -> None:
    async with contextlib.AsyncExitStack() as stack, asyncio.timeout(60):
        radio = await stack.enter_async_context(Radio())
        events = radio.events()
        await radio.connect(GROUP)
        dishes = []
        for node in (here, there, here, there):
            dish = await stack.enter_async_context(Dish(rcvhwm=100))
            dish.join("g")
            with node.entered():
                await dish.bind(GROUP)
            dishes.append(dish)
        await until_members(events, 4)

        async def send() -> None:
            for number in range(MESSAGES):
                await radio.send(b"%d" % number, group="g" if number % 10 else "other")
                if number == MESSAGES // 2:
                    await dishes[3].close()

        async def receive(dish: Dish) -> list[bytes]:
            wanted = MESSAGES - MESSAGES // 10
            return [await dish.recv() for _ in range(wanted)]

        async def drain(dish: Dish) -> list[bytes]:
            return [data async for data in dish]

        sending = asyncio.ensure_future(send())
        leaving = asyncio.ensure_future(drain(dishes[3]))
        received = await asyncio.gather(*(receive(dish) for dish in dishes[:3]))
        await sending
        await leaving
        expected = [b"%d" % number for number in range(MESSAGES) if number % 10]
        assert all(each == expected for each in received)
        assert radio.statistics().dropped == 0
        while not isinstance(await anext(events), SenderVanished):
            pass


async def test_everybody_in_a_range_hears_the_groups_it_joined(here: Node, there: Node) -> None:
    async with Radio() as radio, Dish() as near, Dish() as far, asyncio.timeout(20):
        near.join("a")
        far.join("b")
        await near.bind(RANGE)
        with there.entered():
            await far.bind(RANGE)
        await radio.connect(RANGE)
        await until_bound(2)
        for number in range(100):
            await radio.send(b"%d" % number, group="ab"[number % 2])
        for number in range(0, 100, 2):
            assert await near.recv_with_group() == ("a", b"%d" % number)
            assert await far.recv_with_group() == ("b", b"%d" % (number + 1))
        with pytest.raises(MessageTooLarge):
            await radio.send(bytes(66_000), group="a")


async def test_plain_connections_serve_radio_and_dish_too(here: Node) -> None:
    async with Radio() as radio, Dish() as dish, asyncio.timeout(20):
        dish.join("g")
        await dish.connect(await radio.bind("tipc://<*>"))
        await radio.wait_joined("g")
        await radio.send(b"by stream", group="g")
        assert await dish.recv() == b"by stream"


@pytest.mark.usefixtures("lossy")
@pytest.mark.parametrize("where", [GROUP, RANGE])
async def test_sealed_messages_reach_members_alone(here: Node, there: Node, where: str) -> None:
    speaker, listener, stranger = SealedGroup("lab"), SealedGroup("lab"), SealedGroup("lab")
    for _, message in speaker.welcome("listener"):
        listener.take("speaker", message)
    async with (
        asyncio.timeout(20),
        Radio(security=speaker) as radio,
        Dish(security=listener) as dish,
        Dish(security=stranger) as deaf,
    ):
        events = radio.events()
        for one in (dish, deaf):
            one.join("g")
            with there.entered():
                await one.bind(where)
        await radio.connect(where)
        await (until_members(events, 2) if where == GROUP else until_bound(2))
        sent = [b"%d" % number * (number % 50) for number in range(200)]
        for body in sent:
            await radio.send(body, group="g")
        assert [await dish.recv() for _ in sent] == sent
        assert listener.counts().forged == 0
        with pytest.raises(WouldBlock):
            deaf.recv_nowait()
        assert stranger.counts().opened == 0
