"""RADIO and DISH on connections and over UDP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from covey.errors import (
    EndpointError,
    MessageTooLarge,
    OptionError,
    ResourceError,
    SocketClosed,
    StateError,
    WouldBlock,
)
from covey.messaging import Dish, Push, Radio
from covey.messaging.events import Malformed
from covey.security.plain import PlainClient
from tests.messaging.helpers import connected, soon

GREETING = b"\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL".ljust(64, b"\0")


def ready(kind: bytes) -> bytes:
    body = b"\x05READY\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind
    return bytes((4, len(body))) + body


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:*", "inproc://radio"])
async def test_only_the_exact_group_is_received(endpoint: str) -> None:
    async with connected(Radio(), Dish(), endpoint=endpoint) as (radio, dish):
        dish.join("weather")
        await soon(radio.wait_joined("weather"))
        for group in ("weather2", "weath", "", "weather"):
            await radio.send(group.encode() + b"!", group=group)
        assert await soon(dish.recv_with_group()) == ("weather", b"weather!")
        assert radio.statistics().messages_sent == 1


async def test_a_group_that_was_left_is_not_received_any_more() -> None:
    async with connected(Radio(), Dish()) as (radio, dish):
        dish.join("a")
        dish.join("b")
        await soon(radio.wait_joined("b"))
        await radio.send(b"1", group="a")
        assert await soon(dish.recv()) == b"1"
        dish.leave("a")
        dish.join("c")
        await soon(radio.wait_joined("c"))
        await radio.send(b"2", group="a")
        await radio.send(b"3", group="b")
        assert await soon(dish.recv()) == b"3"
        assert dish.groups == ("b", "c")


async def test_fifty_groups_keep_apart_and_each_dish_gets_its_own() -> None:
    async with connected(Radio(), Dish(), Dish()) as (radio, one, two):
        for number in range(50):
            (one, two)[number % 2].join(f"g{number}")
        for number in range(50):
            await soon(radio.wait_joined(f"g{number}"))
            await radio.send(b"%d" % number, group=f"g{number}")
        for number in range(50):
            taken = await soon((one, two)[number % 2].recv_with_group())
            assert taken == (f"g{number}", b"%d" % number)


async def test_many_are_received_at_once_and_iterated_as_bodies() -> None:
    async with connected(Radio(), Dish()) as (radio, dish):
        dish.join("g")
        await soon(radio.wait_joined("g"))
        assert await radio.send_many([b"1", b"2", b"3"], group="g") == 3
        assert await soon(dish.recv()) == b"1"
        assert await soon(dish.recv_many()) == [b"2", b"3"]
        await radio.send(b"4", group="g")
        async for data in dish:
            assert data == b"4"
            break


async def test_a_dish_that_connects_again_joins_again() -> None:
    async with Radio() as first, Dish(reconnect_ivl=1) as dish:
        where = await first.bind("tcp://127.0.0.1:*")
        await dish.connect(where)
        dish.join("g")
        await soon(first.wait_joined("g"))
        await first.close()
        async with Radio() as second:
            await second.bind(where)
            await soon(second.wait_joined("g"))
            await second.send(b"again", group="g")
            assert await soon(dish.recv()) == b"again"


async def test_the_bytes_of_a_radio_are_those_of_libzmq() -> None:
    async with Radio() as radio:
        where = await radio.bind("tcp://127.0.0.1:*")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(where.rpartition(":")[2]))
        writer.write(GREETING + ready(b"DISH"))
        await soon(reader.readexactly(64 + len(ready(b"RADIO"))))
        writer.write(b"\x04\x08\x04JOINgrp")
        await soon(radio.wait_joined("grp"))
        await radio.send(b"yo", group="grp")
        assert await soon(reader.readexactly(9)) == b"\x01\x03grp\x00\x02yo"
        writer.write(b"\x04\x09\x05LEAVEgrp\x04\x06\x04JOINh")
        await soon(radio.wait_joined("h"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await radio.wait_joined("grp")
        writer.close()


async def test_the_bytes_of_a_dish_are_those_of_libzmq() -> None:
    async with Dish() as dish:
        where = await dish.bind("tcp://127.0.0.1:*")
        dish.join("grp")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(where.rpartition(":")[2]))
        writer.write(GREETING + ready(b"RADIO"))
        await soon(reader.readexactly(64 + len(ready(b"DISH"))))
        assert await soon(reader.readexactly(10)) == b"\x04\x08\x04JOINgrp"
        dish.leave("grp")
        assert await soon(reader.readexactly(11)) == b"\x04\x09\x05LEAVEgrp"
        long = "g" * 255
        dish.join(long)
        assert await soon(reader.readexactly(9)) == b"\x06" + (0x104).to_bytes(8, "big")
        writer.write(b"\x00\x04lone" + b"\x03" + (255).to_bytes(8, "big") + long.encode() + b"\x00\x02yo")
        await soon(reader.readexactly(0x104))
        assert await soon(dish.recv_with_group()) == (long, b"yo")
        assert dish.statistics().dropped == 1
        writer.close()


async def test_a_peer_whose_group_is_too_long_is_cut_off() -> None:
    async with Radio() as radio:
        where = await radio.bind("tcp://127.0.0.1:*")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(where.rpartition(":")[2]))
        writer.write(
            GREETING + ready(b"DISH") + b"\x06" + (261).to_bytes(8, "big") + b"\x04JOIN" + b"g" * 256
        )
        await soon(reader.read())
        assert radio.connected_count() == 0
        writer.close()


async def test_names_of_groups_are_bounded_and_joined_once() -> None:
    async with Radio() as radio, Dish() as dish:
        with pytest.raises(OptionError, match="at most 255 octets, not 256"):
            dish.join("g" * 256)
        with pytest.raises(OptionError, match="at most 255"):
            await radio.send(b"", group=b"g" * 256)
        wrong: Any = 7
        with pytest.raises(OptionError, match="str or bytes"):
            dish.join(wrong)
        dish.join("g")
        with pytest.raises(StateError, match="already"):
            dish.join(b"g")
        with pytest.raises(StateError, match="not joined"):
            dish.leave("h")
        dish.join(b"\xff")
        assert dish.groups == ("g", "\udcff")


async def test_a_full_dish_misses_messages_unless_it_is_waited_for() -> None:
    async with connected(Radio(sndhwm=1), Dish(rcvhwm=1), endpoint="inproc://full") as (radio, dish):
        dish.join("g")
        for number in range(4):
            await radio.send(b"%d" % number, group="g")
        assert radio.statistics().dropped == 2
        radio.xpub_nodrop = True
        with pytest.raises(WouldBlock):
            radio.send_nowait(b"x", group="g")
        waiting = asyncio.ensure_future(radio.send(b"last", group="g"))
        received = [await soon(dish.recv()) for _ in range(3)]
        await soon(waiting)
        assert received == [b"0", b"1", b"last"]


async def test_closing_wakes_who_waits_for_members() -> None:
    radio = Radio()
    waiting = asyncio.ensure_future(radio.wait_joined("g"))
    await asyncio.sleep(0)
    await radio.close()
    with pytest.raises(SocketClosed):
        await soon(waiting)


# -- over UDP ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["udp://127.0.0.1:*", "udp://[::1]:*"])
async def test_a_radio_reaches_a_dish_over_udp(endpoint: str) -> None:
    async with Dish(rcvhwm=0) as dish, Radio() as radio:
        dish.join("g")
        await radio.connect(await dish.bind(endpoint))
        await soon(radio.wait_joined("g"))
        for number in range(500):
            await radio.send(b"%d" % number, group="g" if number % 2 else "h")
        await radio.send(bytes(8190), group="g")
        for number in range(1, 500, 2):
            assert await soon(dish.recv_with_group()) == ("g", b"%d" % number)
        assert await soon(dish.recv()) == bytes(8190)
        (counted,) = radio.statistics().connections
        assert counted.multicast.sent == 501


async def test_what_does_not_fit_into_a_datagram_is_refused() -> None:
    async with Dish() as dish, Radio() as radio:
        await radio.connect(await dish.bind("udp://127.0.0.1:*"))
        with pytest.raises(MessageTooLarge, match=r"8192 octets.*takes 8191"):
            await radio.send(bytes(8191), group="g")


async def test_malformed_datagrams_are_counted() -> None:
    async with Dish() as dish:
        where = await dish.bind("udp://127.0.0.1:*")
        dish.join("g")
        events = dish.events()
        loop = asyncio.get_running_loop()
        port = int(where.rpartition(":")[2])
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)
        )
        for datagram in (b"\x05abc", bytes(9000), b"\x01gfine"):
            transport.sendto(datagram)
        assert await soon(dish.recv()) == b"fine"
        assert dish.statistics().malformed == 2
        event = await soon(anext(events))
        assert isinstance(event, Malformed)
        transport.close()


async def test_each_type_uses_udp_in_its_own_direction() -> None:
    async with Radio() as radio, Dish() as dish, Push() as push:
        with pytest.raises(EndpointError, match="a RADIO connects to udp://"):
            await radio.bind("udp://127.0.0.1:5555")
        with pytest.raises(EndpointError, match="a DISH binds to udp://"):
            await dish.connect("udp://127.0.0.1:5555")
        with pytest.raises(EndpointError, match="RADIO, DISH and DGRAM"):
            await push.connect("udp://127.0.0.1:5555")
        where = await dish.bind("udp://127.0.0.1:*")
        async with Dish() as other:
            with pytest.raises(ResourceError):
                await other.bind(where)
            await dish.unbind(where)
            await other.bind(where)
        with pytest.raises(EndpointError, match="not connected"):
            await radio.disconnect("udp://127.0.0.1:5555")


async def test_security_that_could_not_protect_is_refused() -> None:
    async with Radio(security=PlainClient("me", "secret")) as radio:
        with pytest.raises(EndpointError, match="PLAIN cannot protect"):
            await radio.connect("udp://127.0.0.1:5555")


async def test_a_radio_does_not_mind_that_nobody_listens_yet() -> None:
    async with Dish() as dish, Radio() as radio:
        where = await dish.bind("udp://127.0.0.1:*")
        await dish.unbind(where)
        await radio.connect(where)
        await radio.send(b"lost", group="g")
        await asyncio.sleep(0)
        dish.join("g")
        await dish.bind(where)
        await radio.send(b"heard", group="g")
        assert await soon(dish.recv()) == b"heard"
