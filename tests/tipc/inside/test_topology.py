from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import pytest

from covey.transports.tipc.address import ServiceRange
from covey.transports.tipc.sockets import own_node
from covey.transports.tipc.topology import (
    ByteOrder,
    LinkDown,
    LinkUp,
    NodeDown,
    NodeUp,
    ServicePublished,
    ServiceWithdrawn,
    Subscription,
    Topology,
    TopologyEvent,
)
from covey.transports.tipc.watcher import TOPOLOGY_SERVICE, TopologyClient
from tests.tipc.cluster import Cluster, Node
from tests.tipc.inside.conftest import TOLERANCE_MS

SERVICE = ServiceRange(7001, 5, 5)
BIND_AND_WAIT = f"""
import socket
with socket.socket(socket.AF_TIPC, socket.SOCK_RDM) as sock:
    sock.bind({SERVICE.to_tuple()})
    print("bound")
    input()
"""


@contextlib.asynccontextmanager
async def watching(node: Node, events: asyncio.Queue[TopologyEvent]) -> AsyncIterator[TopologyClient]:
    async with contextlib.AsyncExitStack() as stack:
        with node.entered():
            client = await stack.enter_async_context(TopologyClient(events.put_nowait))
        yield client


async def next_of(events: asyncio.Queue[TopologyEvent], *kinds: type[TopologyEvent]) -> TopologyEvent:
    async with asyncio.timeout(10):
        while not isinstance(event := await events.get(), kinds):
            pass
    return event


def address_of(node: Node) -> int:
    with node.entered(), socket.socket(socket.AF_TIPC, socket.SOCK_RDM) as sock:
        return own_node(sock)


async def test_a_killed_process_is_withdrawn_within_half_a_second(cluster: Cluster) -> None:
    here, there = cluster.nodes
    events: asyncio.Queue[TopologyEvent] = asyncio.Queue()
    async with watching(here, events) as watch:
        handle = watch.subscribe(SERVICE.type)
        process = there.spawn_python(BIND_AND_WAIT)
        published = await next_of(events, ServicePublished)
        assert isinstance(published, ServicePublished)
        assert (published.lower, published.upper, published.handle) == (5, 5, handle)
        assert published.socket.node == address_of(there)
        process.kill()
        killed = time.monotonic()
        withdrawn = await next_of(events, ServiceWithdrawn)
        assert time.monotonic() - killed < 0.5
        assert isinstance(withdrawn, ServiceWithdrawn)
        assert withdrawn.socket == published.socket
        process.communicate()


async def test_a_cut_link_is_reported_within_its_tolerance_and_again_when_it_heals(cluster: Cluster) -> None:
    here, there = cluster.nodes
    other = address_of(there)
    events: asyncio.Queue[TopologyEvent] = asyncio.Queue()
    async with watching(here, events) as watch:
        watch.subscribe_nodes()
        watch.subscribe_links()
        assert await next_of(events, LinkUp) == LinkUp(other, 0)
        cluster.cut()
        cut = time.monotonic()
        try:
            assert await next_of(events, LinkDown, NodeDown) in (LinkDown(other, 0), NodeDown(other))
            # The kernel counts five to six silent quarters of the tolerance.
            assert time.monotonic() - cut < 2 * TOLERANCE_MS / 1000
        finally:
            cluster.restore()
        while await next_of(events, NodeUp) != NodeUp(other):
            pass


async def test_unsubscribing_ends_the_events() -> None:
    events: list[TopologyEvent] = []
    async with TopologyClient(events.append) as watch:
        first = watch.subscribe(7002)
        watch.unsubscribe(first)
        arrived = asyncio.Event()
        async with TopologyClient(lambda _event: arrived.set()) as other:
            other.subscribe(7002)
            with socket.socket(socket.AF_TIPC, socket.SOCK_RDM) as sock:
                sock.bind(ServiceRange(7002, 1, 1).to_tuple())
                async with asyncio.timeout(5):
                    await arrived.wait()
        assert events == []


@pytest.mark.parametrize("byteorder", ["little", "big"])
def test_the_kernel_answers_in_the_clients_byte_order(byteorder: ByteOrder) -> None:
    topology = Topology(byteorder)
    with (
        socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET) as sock,
        socket.socket(socket.AF_TIPC, socket.SOCK_RDM) as bound,
    ):
        bound.bind(ServiceRange(7003, 4, 9).to_tuple())
        sock.settimeout(5)
        sock.connect(TOPOLOGY_SERVICE.to_tuple())
        topology.subscribe(7003, 1, 6)
        sock.send(topology.next_packet() or b"")
        topology.receive_packet(sock.recv(100))
    event = topology.next_event()
    assert isinstance(event, ServicePublished)
    assert (event.type, event.lower, event.upper) == (7003, 4, 9)


def test_the_kernel_ends_the_connection_of_one_who_writes_nonsense() -> None:
    with socket.socket(socket.AF_TIPC, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(5)
        sock.connect(TOPOLOGY_SERVICE.to_tuple())
        sock.send(Subscription(7003).encode()[:-1])
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(100) == b""
