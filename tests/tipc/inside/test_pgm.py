"""PGM over links that lose, delay, duplicate and reorder packets, which the host's kernel cannot imitate."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

import covey
from tests.interop.libzmq import Libzmq, LibzmqSocket
from tests.interop.peers.zmq_peer import digest, pattern
from tests.tipc.cluster import Cluster, Node, node_address

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES = {
    "loss": "loss 5% delay 2ms",
    "reordering": "loss 1% delay 4ms 3ms reorder 25% 50% duplicate 2%",
    "bursts": "loss gemodel 2% 30% 90% 0% delay 2ms 1ms",
}
FAST = {"rate": 100_000, "recovery_ivl": 2000}
SHAPES = [(10, 20, 1), (900, 200, 1), (300, 30, 3), (100_000, 2, 1)]
"""Octets of a frame, messages, frames of a message."""
TOPIC = b"topic"


@pytest.fixture(scope="module")
def lan() -> Iterator[Cluster]:
    with Cluster(addresses=True) as nodes:
        yield nodes


@pytest.fixture(params=RULES)
def rough(request: pytest.FixtureRequest, lan: Cluster) -> Iterator[tuple[Node, Node]]:
    """Two hosts between which packets suffer, both ways."""
    for node in lan.nodes:
        node.impair(RULES[request.param])
    here, there = lan.nodes
    yield here, there
    for node in lan.nodes:
        node.heal()


def endpoint(number: int) -> str:
    """Return the group, on the first or second host's interface."""
    return f"epgm://{node_address(number)};239.192.7.1:5557"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def libzmq(lan: Cluster) -> AsyncIterator[Libzmq]:
    """One process with Debian's libzmq on the second host."""
    with lan.nodes[1].entered():
        started = await Libzmq.launch("debian")
    yield started
    await started.close()


@contextlib.asynccontextmanager
async def foreign(process: Libzmq, kind: str, **options: int | str) -> AsyncIterator[LibzmqSocket]:
    sock = await process.open(kind, **FAST, **options)
    try:
        yield sock
    finally:
        await sock.close()


async def meet() -> None:
    """Give both ends the time to hear each other's first SPMs."""
    await asyncio.sleep(0.3)


async def test_libzmqs_messages_reach_us(rough: tuple[Node, Node], libzmq: Libzmq) -> None:
    here, _ = rough
    async with asyncio.timeout(40), covey.Sub(rcvhwm=0) as sub, foreign(libzmq, "PUB", sndhwm=0) as pub:
        sub.subscribe(TOPIC)
        with here.entered():
            await sub.connect(endpoint(1))
        await pub.bind(endpoint(2))
        await meet()
        for size, count, frames in SHAPES:
            await pub.send_pattern(size, count=count, frames=frames, prefix=(TOPIC,))
            for number in range(count):
                assert await sub.recv_multipart() == [TOPIC] + [pattern(size, number)] * frames
        assert sub.statistics().lost == 0


async def test_our_messages_reach_libzmq_and_ourselves(rough: tuple[Node, Node], libzmq: Libzmq) -> None:
    here, there = rough
    async with (
        asyncio.timeout(40),
        covey.Pub(sndhwm=0, **FAST) as pub,
        covey.Sub(rcvhwm=0) as near,
        foreign(libzmq, "SUB", subscribe="topic", rcvbuf=4 << 20, rcvhwm=0) as far,
    ):
        near.subscribe(TOPIC)
        with there.entered():
            await near.connect(endpoint(2))
        await far.connect(endpoint(2))
        with here.entered():
            await pub.bind(endpoint(1))
        await meet()
        for size, count, frames in SHAPES:
            for number in range(count):
                await pub.send_multipart([TOPIC] + [pattern(size, number)] * frames)
            expected = [[TOPIC] + [pattern(size, number)] * frames for number in range(count)]
            assert [await near.recv_multipart() for _ in range(count)] == expected
            assert await far.digest(count) == [digest(message) for message in expected]
        assert near.statistics().lost == 0


async def test_parity_repairs_what_several_receivers_lost(rough: tuple[Node, Node]) -> None:
    here, there = rough
    async with (
        asyncio.timeout(40),
        covey.Pub(sndhwm=0, parity_group=16, parity_packets=1, **FAST) as pub,
        covey.Sub(rcvhwm=0) as first,
        covey.Sub(rcvhwm=0) as second,
    ):
        for sub in (first, second):
            sub.subscribe(TOPIC)
            with there.entered():
                await sub.connect(endpoint(2))
        with here.entered():
            await pub.bind(endpoint(1))
        await meet()
        sent = [[TOPIC, pattern(900, number)] for number in range(400)]
        for message in sent:
            await pub.send_multipart(message)
        for sub in (first, second):
            assert [await sub.recv_multipart() for _ in sent] == sent
            assert sub.statistics().lost == 0
        assert pub.statistics().connections[0].multicast.parity > 400 // 16 // 2
