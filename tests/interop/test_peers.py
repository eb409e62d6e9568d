"""The foreign programs among themselves: what a test of ours that fails can rely on."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import LanFactory
from tests.interop.conftest import LibzmqFactory, PyreFactory
from tests.interop.driver import PeerError
from tests.interop.peers.zmq_peer import digest, pattern

pytestmark = pytest.mark.interop


async def test_libzmq_sends_and_receives(libzmq: LibzmqFactory) -> None:
    peer = await libzmq()
    push, pull = await peer.open("PUSH"), await peer.open("PULL")
    await push.connect(await pull.bind())
    await push.send(b"\x00\xff", b"")
    assert await pull.recv() == [b"\x00\xff", b""]
    with pytest.raises(TimeoutError):
        await pull.recv(timeout=0.01)
    with pytest.raises(PeerError) as refused:
        await push.bind("tcp://256.0.0.1:1")
    assert refused.value.errno is not None


async def test_libzmq_sockets_of_one_process_work_side_by_side(libzmq: LibzmqFactory) -> None:
    peer = await libzmq()
    request, reply = await peer.open("REQ"), await peer.open("REP")
    await request.connect(await reply.bind())
    async with asyncio.TaskGroup() as group:
        group.create_task(reply.echo())
        await request.send_pattern(1 << 20, frames=2, seed=7)
        (found,) = await request.digest()
    assert found == digest([pattern(1 << 20, 7)] * 2)


async def test_libzmq_proves_keys_and_reports_the_handshake(libzmq: LibzmqFactory) -> None:
    peer = await libzmq()
    public, secret = await peer.curve_keypair()
    mine, mine_secret = await peer.curve_keypair()
    await peer.authenticate(keys=[mine])
    server = await peer.open("PULL", curve_server=1, curve_secretkey=secret)
    client = await peer.open(
        "PUSH", curve_serverkey=public, curve_publickey=mine, curve_secretkey=mine_secret
    )
    await server.watch()
    await client.connect(await server.bind())
    await server.wait_event("HANDSHAKE_SUCCEEDED")
    await client.send(b"sealed")
    assert await server.recv() == [b"sealed"]


@pytest.mark.lan
async def test_debian_libzmq_multicasts_between_hosts(debian_libzmq: LibzmqFactory, lan: LanFactory) -> None:
    first, second = lan(hosts=2).hosts
    source, sink = await debian_libzmq(first), await debian_libzmq(second)
    assert {"pgm", "tipc", "curve"} <= set((await source.versions())["has"])
    publisher, subscriber = await source.open("PUB"), await sink.open("SUB", subscribe="")
    await subscriber.connect(f"epgm://{second.address};239.192.7.1:5557")
    await publisher.bind(f"epgm://{first.address};239.192.7.1:5557")
    async with asyncio.timeout(10):
        await publisher.send(b"to all")
        while not await subscriber.poll(0.1):  # a message sent before the subscriber joined is lost
            await publisher.send(b"to all")
    assert await subscriber.recv() == [b"to all"]


@pytest.mark.lan
async def test_pyre_nodes_enter_join_shout_whisper_and_leave(pyre: PyreFactory, lan: LanFactory) -> None:
    hosts = lan(hosts=2).hosts
    first = await pyre("first", hosts[0], headers={"X-KIND": "test"})
    second = await pyre("second", hosts[1])
    await first.join("room")
    await second.join("room")
    await first.start()
    await second.start()
    entered = await second.wait_event("ENTER", name="first")
    assert entered["rest"][0] == {"X-KIND": "test"}
    await first.wait_event("JOIN", name="second")
    await second.wait_event("JOIN", name="first")
    await first.shout("room", b"hello")
    assert (await second.wait_event("SHOUT"))["rest"] == ["room", "hello"]
    await second.whisper(first.uuid, b"psst")
    assert (await first.wait_event("WHISPER"))["rest"] == ["psst"]
    await second.stop()
    await first.wait_event("EXIT", name="second")
