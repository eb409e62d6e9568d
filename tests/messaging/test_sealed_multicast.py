"""RADIO and DISH whose multicast is sealed, on loopback."""

from __future__ import annotations

import asyncio

import pytest

import covey
from covey.errors import EndpointError, MessageTooLarge
from covey.security.sealed_group import SealedGroup
from covey.transports.sealed_group_link import SealedStatistics

UDP = "udp://127.0.0.1:*"


def company(*, sign: bool = False) -> tuple[SealedGroup, SealedGroup]:
    """Two processes of which the second reads the first."""
    speaker, listener = SealedGroup("lab", sign=sign), SealedGroup("lab")
    for _, message in speaker.welcome("listener"):
        listener.take("speaker", message)
    return speaker, listener


@pytest.mark.parametrize("sign", [False, True])
async def test_messages_cross_udp(sign: bool) -> None:
    speaker, listener = company(sign=sign)
    async with (
        asyncio.timeout(10),
        covey.Radio(security=speaker) as radio,
        covey.Dish(security=listener) as dish,
    ):
        dish.join("weather")
        await radio.connect(await dish.bind(UDP))
        sent = [bytes((number % 251,)) * (number % 90) for number in range(300)]
        for body in sent:
            await radio.send(body, group="weather")
            await radio.send(b"not for us", group="else")
        await radio.send(bytes(7000), group="weather")
        assert [await dish.recv() for _ in sent] == sent
        assert len(await dish.recv()) == 7000
        statistics = dish.statistics().connections[0].multicast
        assert isinstance(statistics, SealedStatistics)
        assert 0 < statistics.opened < 300
        with pytest.raises(MessageTooLarge):
            await radio.send(bytes(8192), group="weather")


async def test_messages_cross_pgm() -> None:
    speaker, listener = company()
    endpoint = "epgm://127.0.0.1;239.192.7.7:17171"
    async with (
        asyncio.timeout(20),
        covey.Dish(security=listener) as dish,
        covey.Radio(security=speaker, rate=-1, xpub_nodrop=True) as radio,
    ):
        dish.join("weather")
        await dish.connect(endpoint)
        await radio.connect(endpoint)
        sent = [bytes((number % 251,)) * (number * 37 % 3000) for number in range(400)]
        for body in sent:
            await radio.send(body, group="weather")
        assert [await dish.recv() for _ in sent] == sent


async def test_a_stranger_gets_nothing_and_what_it_sends_is_told() -> None:
    speaker, listener = company()
    async with (
        asyncio.timeout(10),
        covey.Radio(security=speaker) as radio,
        covey.Radio() as clear,
        covey.Radio(security=SealedGroup("lab")) as forger,
        covey.Dish(security=listener) as dish,
        dish.events() as events,
    ):
        dish.join("weather")
        endpoint = await dish.bind(UDP)
        for one in (clear, forger, radio):
            await one.connect(endpoint)
        await clear.send(b"\x11" * 60, group="")
        await clear.send(b"clear", group="weather")
        await clear.send(b"short", group="")
        await forger.send(b"forged", group="weather")
        await radio.send(b"sealed", group="weather")
        assert await dish.recv() == b"sealed"
        told = 0
        while told < 2:
            event = await anext(events)
            told += getattr(event, "count", 0)
        assert listener.counts().forged + listener.counts().unknown >= 2


async def test_records_that_came_before_their_key_are_delivered_when_it_comes() -> None:
    speaker, listener = SealedGroup("lab"), SealedGroup("lab")
    told = speaker.welcome("listener")
    async with (
        asyncio.timeout(10),
        covey.Radio(security=speaker) as radio,
        covey.Dish(security=listener) as dish,
    ):
        dish.join("weather")
        await radio.connect(await dish.bind(UDP))
        await radio.send(b"early", group="weather")
        receiving = asyncio.create_task(dish.recv(), name="recv")
        await radio.send(b"too", group="weather")
        for _, message in told:
            listener.take("speaker", message)
        assert await receiving == b"early"


async def test_a_sealed_group_seals_multicast_only() -> None:
    async with (
        covey.Radio(security=SealedGroup("lab")) as radio,
        covey.Pub(security=SealedGroup("lab")) as pub,
    ):
        for endpoint in ("tcp://127.0.0.1:1", "inproc://here"):
            with pytest.raises(EndpointError, match="protects multicast"):
                await radio.bind(endpoint)
            with pytest.raises(EndpointError, match="protects multicast"):
                await radio.connect(endpoint)
        with pytest.raises(EndpointError, match="cannot protect"):
            await pub.connect("epgm://127.0.0.1;239.192.7.7:17171")
