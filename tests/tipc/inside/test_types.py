"""Every socket type over stream connections between two nodes."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

import covey
from covey.messaging.socket import Socket
from tests.tipc.cluster import Node

pytestmark = pytest.mark.usefixtures("here")

_types = itertools.count(9800)
ONE_WAY: list[tuple[Any, Any]] = [(covey.Push, covey.Pull), (covey.Scatter, covey.Gather)]
BOTH_WAYS: list[tuple[Any, Any]] = [
    (covey.Pair, covey.Pair),
    (covey.Channel, covey.Channel),
    (covey.Dealer, covey.Dealer),
]


async def link(binding: Socket, connecting: Socket, there: Node) -> None:
    """Bind one on the other node, and connect."""
    kind = next(_types)
    with there.entered():
        await binding.bind(f"tipc://{{{kind},0,9}}")
    await connecting.connect(f"tipc://{{{kind},4}}")
    await connecting.wait_connected()


@pytest.mark.parametrize(("sends", "receives"), ONE_WAY + BOTH_WAYS)
async def test_messages_reach_the_other_node(there: Node, sends: Any, receives: Any) -> None:
    async with asyncio.timeout(20), sends() as one, receives() as other:
        await link(other, one, there)
        await one.send(b"there")
        assert await other.recv() == b"there"
        if (sends, receives) in BOTH_WAYS:
            await other.send(b"and back")
            assert await one.recv() == b"and back"


async def test_questions_are_answered(there: Node) -> None:
    async with asyncio.timeout(20), covey.Req() as req, covey.Rep() as rep:
        await link(rep, req, there)
        await req.send(b"?")
        assert await rep.recv() == b"?"
        await rep.send(b"!")
        assert await req.recv() == b"!"
    async with asyncio.timeout(20), covey.Client() as client, covey.Server() as server:
        await link(server, client, there)
        await client.send(b"?")
        who, question = await server.recv_from()
        await server.send(question + b"!", routing_id=who)
        assert await client.recv() == b"?!"
    async with asyncio.timeout(20), covey.Peer() as asking, covey.Peer() as asked:
        with there.entered():
            await asked.bind("tipc://{9899,0,9}")
        other = await asking.connect_peer("tipc://{9899,4}")
        await asking.send(b"?", routing_id=other)
        who, question = await asked.recv_from()
        await asked.send(question + b"!", routing_id=who)
        assert await asking.recv_from() == (other, b"?!")


async def test_subscriptions_travel(there: Node) -> None:
    async with asyncio.timeout(20), covey.XPub() as xpub, covey.XSub() as xsub:
        await link(xpub, xsub, there)
        await xsub.send(b"\x01t")
        assert await xpub.recv() == b"\x01t"
        await xpub.send(b"topic")
        assert await xsub.recv() == b"topic"
