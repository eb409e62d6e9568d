from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time
from collections.abc import AsyncIterator

import pytest

from covey.errors import ResourceError
from covey.transports.tipc.address import (
    Ephemeral,
    Scope,
    ServiceAddress,
    ServiceRange,
    SocketAddress,
    TipcAddress,
)
from covey.transports.tipc.sockets import connect, listen
from tests.tipc.cluster import Cluster, Node


@contextlib.asynccontextmanager
async def listening(node: Node, address: ServiceRange | Ephemeral) -> AsyncIterator[SocketAddress]:
    """Accept and keep all connections to an address of a node."""
    with node.entered():
        listener, where = listen(address, 100)
    loop = asyncio.get_running_loop()
    accepted: list[socket.socket] = []
    loop.add_reader(listener, lambda: accepted.append(listener.accept()[0]))
    try:
        yield where
    finally:
        loop.remove_reader(listener)
        listener.close()
        for sock in accepted:
            sock.close()


async def reaches(node: Node, address: TipcAddress) -> int:
    """Return the node that answers, or the errno of the attempt as a negative number."""
    assert isinstance(address, ServiceAddress | SocketAddress)
    try:
        with node.entered():
            attempt = asyncio.ensure_future(connect(address))
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            sock = await attempt
    except OSError as error:
        return -(error.errno or 0)
    with sock:
        return int(sock.getpeername()[1])


async def test_connects_across_nodes_by_service_and_by_socket(cluster: Cluster) -> None:
    here, there = cluster.nodes
    async with listening(there, ServiceRange(7100, 5, 9)) as where:
        assert await reaches(here, ServiceAddress(7100, 5)) == where.node
        assert await reaches(here, ServiceAddress(7100, 9)) == where.node
        assert await reaches(here, where) == where.node
        assert await reaches(here, ServiceAddress(7100, 4)) == -errno.EHOSTUNREACH
    async with listening(there, Ephemeral()) as where:
        assert await reaches(here, where) == where.node


async def test_a_domain_chooses_the_node(cluster: Cluster) -> None:
    here, there = cluster.nodes
    service = ServiceRange(7101, 1, 1)
    async with listening(here, service) as near, listening(there, service) as far:
        for where in (near, far, near, far):
            assert await reaches(here, ServiceAddress(7101, 1, where.node)) == where.node
        assert await reaches(here, ServiceAddress(7101, 1, 0, Scope.NODE)) == near.node
        assert await reaches(there, ServiceAddress(7101, 1, 0, Scope.NODE)) == far.node


async def test_a_service_of_node_scope_is_unknown_elsewhere(cluster: Cluster) -> None:
    here, there = cluster.nodes
    async with listening(there, ServiceRange(7102, 1, 1, Scope.NODE)) as where:
        assert await reaches(there, ServiceAddress(7102, 1)) == where.node
        assert await reaches(here, ServiceAddress(7102, 1)) == -errno.EHOSTUNREACH


async def test_a_socket_that_does_not_listen_refuses(cluster: Cluster) -> None:
    here, there = cluster.nodes
    async with listening(there, Ephemeral()) as where:
        pass
    assert await reaches(here, where) == -errno.ECONNREFUSED


async def test_connecting_waits_for_accept_without_holding_up_the_loop(cluster: Cluster) -> None:
    here, there = cluster.nodes
    with there.entered():
        listener, where = listen(Ephemeral(), 10)
    with listener:
        with here.entered():
            attempt = asyncio.create_task(connect(where))
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert not attempt.done()
        accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
        async with asyncio.timeout(5):
            connected = await attempt
        with accepted, connected:
            await asyncio.get_running_loop().sock_sendall(connected, b"hello")
            assert await asyncio.get_running_loop().sock_recv(accepted, 10) == b"hello"


async def test_a_cancelled_attempt_closes_its_socket(cluster: Cluster) -> None:
    here, _ = cluster.nodes
    with here.entered():
        listener, where = listen(Ephemeral(), 10)
    with listener:
        with here.entered():
            attempt = asyncio.create_task(connect(where))
            await asyncio.sleep(0)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt


async def test_a_killed_peer_is_noticed_at_once(cluster: Cluster) -> None:
    here, there = cluster.nodes
    source = """
import socket
sock = socket.socket(socket.AF_TIPC, socket.SOCK_STREAM)
sock.listen()
print(*sock.getsockname())
kept = sock.accept()
input()
"""
    process = there.spawn_python(source)
    assert process.stdout is not None
    words = (await asyncio.to_thread(process.stdout.readline)).split()
    with here.entered():
        attempt = asyncio.ensure_future(connect(SocketAddress(int(words[1]), int(words[2]))))
        await asyncio.sleep(0)
    with await attempt as sock:
        process.kill()
        killed = time.monotonic()
        with pytest.raises(ConnectionResetError):
            await asyncio.get_running_loop().sock_recv(sock, 10)
        assert time.monotonic() - killed < 0.5
    process.communicate()


def test_an_address_that_the_kernel_refuses_is_a_resource_error() -> None:
    with pytest.raises(ResourceError, match="Permission denied"):
        listen(ServiceRange(1, 1, 1), 10)
