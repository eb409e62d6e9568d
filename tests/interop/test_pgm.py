from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.conftest import LanFactory
from tests.interop.conftest import LibzmqFactory
from tests.interop.libzmq import LibzmqSocket
from tests.interop.peers.zmq_peer import digest, pattern
from tests.interop.pgm import PgmProcess
from tests.lan import Host

pytestmark = [pytest.mark.interop, pytest.mark.lan]

GROUP = "239.192.1.1"
FAST = {"rate": 1_000_000, "recovery_ivl": 1000}
PGM_TYPE = "@th,96,8"
"""Octet 4 of a PGM packet in UDP, for nftables."""

PgmFactory = Callable[[Host], Awaitable[PgmProcess]]


@pytest.fixture
async def pgm() -> AsyncIterator[PgmFactory]:
    launched: list[PgmProcess] = []

    async def launch(host: Host) -> PgmProcess:
        process = await PgmProcess.launch(host)
        launched.append(process)
        return process

    yield launch
    for process in launched:
        await process.close()


def endpoint(host: Host, scheme: str = "epgm") -> str:
    return f"{scheme}://{host.address};{GROUP}:5555"


def expected(size: int, count: int, *, frames: int = 1, seed: int = 0, prefix: tuple[bytes, ...] = ()) -> Any:
    return [digest([*prefix] + [pattern(size, seed + number)] * frames) for number in range(count)]


async def subscriber(
    libzmq: LibzmqFactory, host: Host, topic: str = "", scheme: str = "epgm"
) -> LibzmqSocket:
    peer = await libzmq(host)
    socket = await peer.open("SUB", subscribe=topic, rcvbuf=4 << 20, rcvhwm=0, **FAST)
    await socket.connect(endpoint(host, scheme))
    return socket


async def publisher(libzmq: LibzmqFactory, host: Host, scheme: str = "epgm") -> LibzmqSocket:
    peer = await libzmq(host)
    socket = await peer.open("XPUB", xpub_nodrop=1, sndhwm=1000, linger=5000, **FAST)
    await socket.bind(endpoint(host, scheme))
    return socket


async def settle() -> None:
    """Give both ends the time to hear each other's first SPMs."""
    await asyncio.sleep(0.3)


SHAPES = [(10, 5, 1), (700, 200, 1), (0, 3, 2), (300, 100, 3), (1 << 20, 3, 1)]


@pytest.mark.parametrize("scheme", ["epgm", "pgm"])
async def test_libzmq_publishes_to_us(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory, scheme: str
) -> None:
    there, here = lan(hosts=2).hosts
    process = await pgm(here)
    link = await process.receiver(endpoint(here, scheme))
    socket = await publisher(debian_libzmq, there, scheme)
    await settle()
    for size, count, frames in SHAPES:
        await socket.send_pattern(size, count=count, frames=frames)
        assert await process.digest(link, count) == expected(size, count, frames=frames)
    assert await process.events(link) == ["SourceJoined"]


@pytest.mark.parametrize("scheme", ["epgm", "pgm"])
async def test_we_publish_to_libzmq(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory, scheme: str
) -> None:
    here, there = lan(hosts=2).hosts
    process = await pgm(here)
    socket = await subscriber(debian_libzmq, there, scheme=scheme)
    link = await process.sender(endpoint(here, scheme))
    await settle()
    for size, count, frames in SHAPES:
        await process.send_pattern(link, size, count=count, frames=frames)
        assert await socket.digest(count) == expected(size, count, frames=frames)


@pytest.mark.parametrize("percent", [1, 5, 10])
async def test_libzmqs_losses_are_repaired_for_us(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory, percent: float
) -> None:
    there, here = lan(hosts=2).hosts
    process = await pgm(here)
    link = await process.receiver(endpoint(here))
    socket = await publisher(debian_libzmq, there)
    await settle()
    for host in (there, here):
        host.drop(percent, match="udp dport 5555", direction="received")
    await socket.send_pattern(900, count=400)
    assert await process.digest(link, 400, 30.0) == expected(900, 400)
    assert "Lost" not in await process.events(link)


@pytest.mark.parametrize("percent", [1, 5, 10])
async def test_our_losses_are_repaired_for_libzmq(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory, percent: float
) -> None:
    here, there = lan(hosts=2).hosts
    process = await pgm(here)
    socket = await subscriber(debian_libzmq, there)
    link = await process.sender(endpoint(here))
    await settle()
    for host in (there, here):
        host.drop(percent, match="udp dport 5555", direction="received")
    await process.send_pattern(link, 900, count=400, pause=0.0005)
    assert await socket.digest(400, 30.0) == expected(900, 400)


KINDS = pytest.mark.parametrize("kind", ["0x08", "0x0a", "0x05"], ids=["NAK", "NCF", "RDATA"])


@KINDS
async def test_losing_requests_or_their_confirmations_only_delays(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory, kind: str
) -> None:
    there, here = lan(hosts=2).hosts
    process = await pgm(here)
    link = await process.receiver(endpoint(here))
    socket = await publisher(debian_libzmq, there)
    await settle()
    here.drop(5, match=f"udp dport 5555 {PGM_TYPE} 0x04", direction="received")
    for host in (there, here):
        host.drop(50, match=f"udp dport 5555 {PGM_TYPE} {kind}", direction="received")
    await socket.send_pattern(900, count=300)
    assert await process.digest(link, 300, 30.0) == expected(900, 300)


@KINDS
async def test_libzmq_loses_our_repairs_or_what_leads_to_them_and_is_only_delayed(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory, kind: str
) -> None:
    here, there = lan(hosts=2).hosts
    process = await pgm(here)
    socket = await subscriber(debian_libzmq, there)
    link = await process.sender(endpoint(here))
    await settle()
    there.drop(5, match=f"udp dport 5555 {PGM_TYPE} 0x04", direction="received")
    for host in (there, here):
        host.drop(50, match=f"udp dport 5555 {PGM_TYPE} {kind}", direction="received")
    await process.send_pattern(link, 900, count=300, pause=0.0005)
    assert await socket.digest(300, 30.0) == expected(900, 300)


async def test_our_own_losses_are_repaired_among_ourselves(lan: LanFactory, pgm: PgmFactory) -> None:
    here, there = lan(hosts=2).hosts
    source, sink = await pgm(here), await pgm(there)
    inlet = await sink.receiver(endpoint(there))
    outlet = await source.sender(endpoint(here))
    await settle()
    for host in (there, here):
        host.drop(10, match="udp dport 5555", direction="received")
    await source.send_pattern(outlet, 5000, count=1000)
    assert await sink.digest(inlet, 1000, 30.0) == expected(5000, 1000)


async def test_parity_repairs_four_receivers_at_once(lan: LanFactory, pgm: PgmFactory) -> None:
    here, *others = lan(hosts=5).hosts
    source = await pgm(here)
    sinks = [await pgm(host) for host in others]
    inlets = [await sink.receiver(endpoint(host)) for sink, host in zip(sinks, others, strict=True)]
    outlet = await source.sender(endpoint(here), parity={"group_size": 32})
    await settle()
    for host in others:
        host.drop(3, match=f"udp dport 5555 {PGM_TYPE} 0x04", direction="received")
    await source.send_pattern(outlet, 1400, count=1500)
    for sink, inlet in zip(sinks, inlets, strict=True):
        assert await sink.digest(inlet, 1500, 30.0) == expected(1400, 1500)
    counters = await source.statistics(outlet)
    assert counters["parity"] > 0
    assert counters["repairs"] < 0.15 * counters["packets"]


async def test_several_libzmq_publishers_share_a_group(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory
) -> None:
    here, *others = lan(hosts=3).hosts
    process = await pgm(here)
    link = await process.receiver(endpoint(here))
    sockets = [await publisher(debian_libzmq, host) for host in others]
    await settle()
    for number, socket in enumerate(sockets):
        await socket.send_pattern(100, count=50, seed=1000 * number)
    got = await process.digest(link, 100)
    for number in range(2):
        wanted = expected(100, 50, seed=1000 * number)
        assert [each for each in got if each in wanted] == wanted


async def test_two_senders_on_one_host_both_hear_their_naks(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory
) -> None:
    here, there = lan(hosts=2).hosts
    first, second = await pgm(here), await pgm(here)
    socket = await subscriber(debian_libzmq, there)
    links = [(first, await first.sender(endpoint(here))), (second, await second.sender(endpoint(here)))]
    await settle()
    there.drop(5, match=f"udp dport 5555 {PGM_TYPE} 0x04", direction="received")
    for number, (process, link) in enumerate(links):
        await process.send_pattern(link, 900, count=200, seed=1000 * number, pause=0.0005)
    got = await socket.digest(400, 30.0)
    for number in range(2):
        wanted = expected(900, 200, seed=1000 * number)
        assert [each for each in got if each in wanted] == wanted


async def test_a_libzmq_subscriber_gets_only_its_prefix(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory
) -> None:
    here, there = lan(hosts=2).hosts
    process = await pgm(here)
    socket = await subscriber(debian_libzmq, there, topic="b.")
    link = await process.sender(endpoint(here))
    await settle()
    for topic in (b"a.", b"b.", b"c."):
        await process.send_pattern(link, 10, count=5, prefix=(topic,))
    assert await socket.digest(5) == expected(10, 5, prefix=(b"b.",))
    assert not await socket.poll(0.2)


async def test_a_late_subscriber_starts_at_a_message(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory
) -> None:
    here, there = lan(hosts=2).hosts
    process = await pgm(here)
    link = await process.sender(endpoint(here))
    await process.send_pattern(link, 5000, count=50)
    socket = await subscriber(debian_libzmq, there)
    await process.send_pattern(link, 300, count=20, seed=100, pause=0.02)
    await process.send_pattern(link, 300, count=20, seed=200)
    got = await socket.digest(20)
    everything = expected(300, 20, seed=100) + expected(300, 20, seed=200)
    assert got == everything[everything.index(got[0]) :][:20]


async def test_a_late_receiver_of_ours_starts_at_a_message(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory
) -> None:
    there, here = lan(hosts=2).hosts
    socket = await publisher(debian_libzmq, there)
    await socket.send_pattern(5000, count=50)
    process = await pgm(here)
    link = await process.receiver(endpoint(here))
    await socket.send_pattern(300, count=20, seed=100)
    assert await process.digest(link, 20) == expected(300, 20, seed=100)


async def test_a_restarted_publisher_is_heard_again(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory
) -> None:
    there, here = lan(hosts=2).hosts
    process = await pgm(here)
    link = await process.receiver(endpoint(here))
    for seed in (0, 100):
        peer = await debian_libzmq(there)
        socket = await peer.open("PUB", linger=1000, **FAST)
        await socket.bind(endpoint(there))
        await settle()
        await socket.send_pattern(50, count=10, seed=seed)
        assert await process.digest(link, 10) == expected(50, 10, seed=seed)
        await peer.close()


async def test_a_sender_of_ours_that_restarts_is_heard_again(
    lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory
) -> None:
    here, there = lan(hosts=2).hosts
    socket = await subscriber(debian_libzmq, there)
    process = await pgm(here)
    for seed in (0, 100):
        link = await process.sender(endpoint(here))
        await settle()
        await process.send_pattern(link, 50, count=10, seed=seed)
        assert await socket.digest(10) == expected(50, 10, seed=seed)
        await process.finish(link)


async def test_ipv6_works_both_ways(lan: LanFactory, debian_libzmq: LibzmqFactory, pgm: PgmFactory) -> None:
    here, there = lan(hosts=2).hosts
    where = "epgm://eth0;[ff08::1]:5555"
    # OpenPGM looks an interface's name up as a host first, and gives up where no name server answers
    there.shell("echo hosts: files > /run/nsswitch.conf; mount --bind /run/nsswitch.conf /etc/nsswitch.conf")
    process = await pgm(here)
    inlet = await process.receiver(where)
    outlet = await process.sender(where)
    peer = await debian_libzmq(there)
    pub = await peer.open("PUB", **FAST)
    await pub.bind(where)
    sub = await peer.open("SUB", subscribe="", **FAST)
    await sub.connect(where)
    await settle()
    there.drop_every(4, match=f"udp dport 5555 {PGM_TYPE} 0x04", direction="received")
    here.drop_every(4, match=f"udp dport 5555 {PGM_TYPE} 0x04", direction="received")
    await pub.send_pattern(900, count=20)
    await process.send_pattern(outlet, 900, count=20, seed=100, pause=0.005)
    assert await sub.digest(20) == expected(900, 20, seed=100)
    got = await process.digest(inlet, 40)
    assert [each for each in got if each in expected(900, 20)] == expected(900, 20)


async def test_receivers_on_the_senders_own_host_hear_it_too(lan: LanFactory, pgm: PgmFactory) -> None:
    (host,) = lan(hosts=1).hosts
    source, sink = await pgm(host), await pgm(host)
    inlet = await sink.receiver(endpoint(host))
    outlet = await source.sender(endpoint(host))
    await settle()
    await source.send_pattern(outlet, 5000, count=500)
    assert await sink.digest(inlet, 500) == expected(5000, 500)


async def test_without_loop_the_senders_own_host_hears_nothing(lan: LanFactory, pgm: PgmFactory) -> None:
    here, there = lan(hosts=2).hosts
    source, beside, away = await pgm(here), await pgm(here), await pgm(there)
    deaf = await beside.receiver(endpoint(here))
    inlet = await away.receiver(endpoint(there))
    outlet = await source.sender(endpoint(here), multicast_loop=False)
    await settle()
    await source.send_pattern(outlet, 50, count=10)
    assert await away.digest(inlet, 10) == expected(50, 10)
    assert (await beside.statistics(deaf))["datagrams"] == 0
