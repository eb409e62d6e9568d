"""Nodes of a mesh on two TIPC nodes that have no IP between them."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

import covey
from covey.mesh.events import Entered, Event, Exited, Whisper
from tests.tipc.cluster import Cluster, Node, wait_until_nodes

REMOTE = """
import asyncio, sys
import covey

async def main():
    secret = covey.Secret.load(sys.argv[1]) if sys.argv[1] else None
    async with covey.Node("there", mesh="lab", secret=secret) as node, node.subscribe("to/there") as inbox:
        print("up", flush=True)
        await node.wait_for_peers(1)
        await node.wait_subscribed("to/here")
        print(await node.publish("to/here", b"published there"), flush=True)
        async for message in inbox:
            await node.whisper(node.peers()[0], b"heard " + message.data)

asyncio.run(main())
"""


@pytest.fixture
def secret(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, covey.Secret]:
    made = covey.Secret.generate()
    path = tmp_path_factory.mktemp("secret") / "lab.secret"
    made.save(path)
    return str(path), made


@contextlib.asynccontextmanager
async def remote(there: Node, path: str) -> AsyncIterator[subprocess.Popen[str]]:
    process = there.spawn([sys.executable, "-u", "-c", REMOTE, path])
    assert process.stdout is not None
    try:
        assert await asyncio.to_thread(process.stdout.readline) == "up\n"
        yield process
    finally:
        process.kill()
        process.communicate()


async def until(events: AsyncIterator[Event], kind: type[Event]) -> Event:
    async with asyncio.timeout(15):
        async for event in events:
            if isinstance(event, kind):
                return event
    raise AssertionError("the events ended")


@pytest.mark.usefixtures("here")
async def test_a_secret_mesh_forms_talks_and_notices_death(
    there: Node, secret: tuple[str, covey.Secret]
) -> None:
    path, key = secret
    async with covey.Node("here", mesh="lab", secret=key) as node, node.subscribe("to/here") as inbox:
        events = node.events()
        async with remote(there, path) as process:
            entered = await until(events, Entered)
            assert isinstance(entered, Entered)
            assert entered.peer.endpoint.startswith("tipc://")
            assert entered.peer.public_key is not None
            async with asyncio.timeout(10):
                message = await anext(aiter(inbox))
                assert message.data == b"published there"
                await node.wait_subscribed("to/there")
                await node.publish("to/there", b"published here")
            whisper = await until(events, Whisper)
            assert isinstance(whisper, Whisper)
            assert whisper.frames[0] == b"heard published here"
            process.kill()
            async with asyncio.timeout(0.5):
                await until(events, Exited)


@pytest.mark.usefixtures("here")
async def test_a_cut_link_ends_the_peer_and_its_return_brings_it_back(
    cluster: Cluster, here: Node, there: Node, secret: tuple[str, covey.Secret]
) -> None:
    path, key = secret
    async with covey.Node("here", mesh="lab", secret=key) as node, remote(there, path):
        events = node.events()
        await until(events, Entered)
        cluster.cut()
        try:
            await until(events, Exited)
        finally:
            cluster.restore()
            await asyncio.to_thread(wait_until_nodes, here, 2)
        await until(events, Entered)


@pytest.mark.usefixtures("here")
async def test_an_open_mesh_forms_too(there: Node) -> None:
    async with covey.Node("here", mesh="lab") as node, remote(there, ""):
        await node.wait_for_peers(1, timeout=10)
        assert node.peers()[0].via in ("tipc", "hello")
