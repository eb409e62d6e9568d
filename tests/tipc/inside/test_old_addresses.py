"""Nodes that were given addresses of the old kind, zone.cluster.node, for which libzmq's forms were made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

import covey
from tests.interop.libzmq import Libzmq
from tests.tipc.cluster import Cluster

FORMS = ["{%d,4}", "{%d,4}@1.0.0", "{%d,4}@1.1.0", "{%d,4}@1.1.2", "{%d,4}@0.0.0"]
"""All reach the node 1.1.2; the first means 1.0.0 to libzmq."""
ELSEWHERE = "{%d,4}@1.1.1"


@pytest.fixture(scope="module")
def old() -> Iterator[Cluster]:
    with Cluster(old_addresses=True) as nodes:
        yield nodes


async def test_both_find_the_same_nodes_by_the_same_domains(old: Cluster) -> None:
    here, there = old.nodes
    with there.entered():
        peer = await Libzmq.launch("debian")
    try:
        async with asyncio.timeout(30), covey.Pull() as pull:
            with here.entered():
                resolved = await pull.bind("tipc://{9700,0,9}")
                assert resolved.startswith("tipc://<1.1.1:")
                for form in FORMS:
                    target = "tipc://" + form.replace("%d", "9700").replace("1.1.2", "1.1.1")
                    theirs = await peer.open("PUSH")
                    await theirs.connect(target)
                    await theirs.send(target.encode())
                    assert await pull.recv() == target.encode()
                bound = await peer.open("PULL")
                await bound.bind("tipc://{9701,0,9}")
                for form in FORMS:
                    target = "tipc://" + form % 9701
                    async with covey.Push() as push:
                        await push.connect(target)
                        await push.send(target.encode())
                        assert await bound.recv() == [target.encode()]
                async with covey.Push(linger=0) as push:
                    await push.connect("tipc://" + ELSEWHERE % 9701)
                    await push.send(b"nobody is there")
                    assert not await bound.poll(0.3)
    finally:
        await peer.close()
