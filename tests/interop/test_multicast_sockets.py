"""Our multicast sockets beside libzmq's, between hosts of a LAN."""

from __future__ import annotations

import asyncio

import pytest

from covey.messaging import Dgram, Dish, Pub, Radio, Sub
from tests.conftest import LanFactory
from tests.interop.conftest import LibzmqFactory
from tests.interop.peers.zmq_peer import digest, pattern
from tests.lan import Host

pytestmark = [pytest.mark.interop, pytest.mark.lan]

FAST = {"rate": 1_000_000, "recovery_ivl": 10_000}
SHAPES = [(10, 5, 1), (700, 200, 1), (300, 100, 3), (1 << 20, 2, 1)]


def pgm(host: Host, scheme: str = "epgm") -> str:
    return f"{scheme}://{host.address};239.192.1.1:5555"


@pytest.mark.parametrize("scheme", ["epgm", "pgm"])
@pytest.mark.parametrize("percent", [0, 5])
async def test_libzmq_publishes_to_our_sub(
    lan: LanFactory, debian_libzmq: LibzmqFactory, scheme: str, percent: int
) -> None:
    there, here = lan(hosts=2).hosts
    peer = await debian_libzmq(there)
    socket = await peer.open("PUB", sndhwm=0, linger=5000, **FAST)
    async with Sub(rcvhwm=0) as sub, asyncio.timeout(40):
        sub.subscribe(b"topic")
        with here.inside():
            await sub.connect(pgm(here, scheme))
        await socket.bind(pgm(there, scheme))
        await asyncio.sleep(0.3)  # both ends hear each other's first SPMs
        if percent:
            for host in (there, here):
                host.drop(percent, match="ip protocol 113" if scheme == "pgm" else "udp dport 5555")
        for size, count, frames in SHAPES:
            await socket.send_pattern(size, count=count, frames=frames, prefix=(b"other",))
            await socket.send_pattern(size, count=count, frames=frames, prefix=(b"topic1",))
            for number in range(count):
                expected = [b"topic1"] + [pattern(size, number)] * frames
                assert await sub.recv_multipart() == expected
        assert sub.statistics().lost == 0


@pytest.mark.parametrize("scheme", ["epgm", "pgm"])
@pytest.mark.parametrize("percent", [0, 5])
async def test_our_pub_publishes_to_libzmq(
    lan: LanFactory, debian_libzmq: LibzmqFactory, scheme: str, percent: int
) -> None:
    here, there = lan(hosts=2).hosts
    peer = await debian_libzmq(there)
    socket = await peer.open("SUB", subscribe="topic", rcvbuf=4 << 20, rcvhwm=0, **FAST)
    await socket.connect(pgm(there, scheme))
    async with (
        Pub(sndhwm=100_000, linger=3000, rate=200_000, recovery_ivl=10_000) as pub,
        asyncio.timeout(40),
    ):
        with here.inside():
            await pub.bind(pgm(here, scheme))
        await asyncio.sleep(0.3)
        if percent:
            for host in (there, here):
                host.drop(percent, match="ip protocol 113" if scheme == "pgm" else "udp dport 5555")
        for size, count, frames in SHAPES:
            for topic in (b"other", b"topic1"):
                for number in range(count):
                    await pub.send_multipart([topic] + [pattern(size, number)] * frames)
            expected = [digest([b"topic1"] + [pattern(size, number)] * frames) for number in range(count)]
            assert await socket.digest(count, 20.0) == expected
        assert pub.statistics().dropped == 0


async def test_libzmqs_radio_reaches_our_dish(lan: LanFactory, libzmq: LibzmqFactory) -> None:
    there, here = lan(hosts=2).hosts
    peer = await libzmq(there)
    async with Dish() as unicast, Dish() as multicast, asyncio.timeout(10):
        for dish in (unicast, multicast):
            dish.join("")
        group = "239.192.1.2:5556"
        with here.inside():
            await unicast.bind(f"udp://{here.address}:5556")
            await multicast.bind(f"udp://{here.address};{group}")
        for dish, target in ((unicast, f"{here.address}:5556"), (multicast, f"{there.address};{group}")):
            socket = await peer.open("RADIO")
            await socket.connect(f"udp://{target}")
            await socket.send(b"hello")
            assert await dish.recv_with_group() == ("", b"hello")


async def test_our_dgram_and_libzmqs_talk(lan: LanFactory, libzmq: LibzmqFactory) -> None:
    there, here = lan(hosts=2).hosts
    peer = await libzmq(there)
    socket = await peer.open("DGRAM")
    await socket.bind(f"udp://{there.address}:5557")
    async with Dgram() as dgram, asyncio.timeout(10):
        with here.inside():
            await dgram.bind(f"udp://{here.address}:5557")
        await dgram.send_to(f"{there.address}:5557", b"ping")
        # libzmq binds in a thread of its own, some time after bind() returned
        while not await socket.poll(0.2):
            await dgram.send_to(f"{there.address}:5557", b"ping")
        address, body = await socket.recv()
        assert body == b"ping"
        await socket.send(address, b"pong")
        assert await dgram.recv_from() == (f"{there.address}:5557", b"pong")


async def test_our_radio_reaches_dishes_on_every_host(lan: LanFactory) -> None:
    here, *others = lan(hosts=4).hosts
    group = "239.192.1.3:5558"
    async with Radio(multicast_hops=2) as radio, asyncio.timeout(10):
        with here.inside():
            await radio.connect(f"udp://eth0;{group}")
        dishes = []
        for host in (here, *others):
            dish = Dish()
            dish.join("g")
            with host.inside():
                await dish.bind(f"udp://eth0;{group}")
            dishes.append(dish)
        for number in range(200):
            await radio.send(b"%d" % number, group="g")
        for dish in dishes:
            assert [await dish.recv() for _ in range(200)] == [b"%d" % number for number in range(200)]
        for dish in dishes:
            await dish.close()


async def test_a_host_that_is_not_to_hear_itself_does_not(lan: LanFactory) -> None:
    here, there = lan(hosts=2).hosts
    async with Radio(multicast_loop=False) as radio, Dish() as near, Dish() as far, asyncio.timeout(10):
        for host, dish in ((here, near), (there, far)):
            dish.join("g")
            with host.inside():
                await dish.bind("udp://eth0;239.192.1.4:5559")
        with here.inside():
            await radio.connect("udp://eth0;239.192.1.4:5559")
        await radio.send(b"x", group="g")
        assert await far.recv() == b"x"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await near.recv()


async def test_datagrams_between_link_local_addresses_are_answered(lan: LanFactory) -> None:
    here, there = lan(hosts=2).hosts
    async with Dgram(ipv6=True) as one, Dgram(ipv6=True) as two, asyncio.timeout(10):
        for host, dgram in ((here, one), (there, two)):
            with host.inside():
                await dgram.bind("udp://*:5560")
        index = here.shell("ip -o link show dev eth0").partition(":")[0]
        await one.send_to(f"[{_link_local(there)}%{index}]:5560", b"ping")
        address, body = await two.recv_from()
        assert body == b"ping"
        await two.send_to(address, b"pong")
        assert (await one.recv_from())[1] == b"pong"


def _link_local(host: Host) -> str:
    return host.shell("ip -6 -o addr show dev eth0 scope link").split()[3].partition("/")[0]
