"""What a node tells of those who pose as others: by announcements played back, or where a member was announced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from covey.discovery.announce.place import Place
from covey.mesh import Offence, Refused
from covey.mesh.node import Node
from covey.security.curve.keys import CurveKeys
from covey.security.secret import Secret
from covey.transports.zmtp.frames import encode_command
from covey.transports.zmtp.greeting import Greeting
from tests.mesh.test_node import until


@pytest.fixture
async def node(loopback: str) -> AsyncIterator[Node]:
    async with Node("a", mesh="lab", secret=Secret.generate(), interface=loopback) as one:
        yield one


async def test_an_announcement_played_back_is_told(node: Node) -> None:
    events = node.events()
    replayed = node._running.company.herald.replayed
    assert replayed is not None
    replayed(Place("10.0.0.66", 666, "eth0", 2))
    refused = await until(events, Refused, offence=Offence.REPLAY)
    assert (refused.source, refused.who) == ("10.0.0.66", "")
    assert node.statistics().offences["replay"] == 1


async def test_who_poses_as_a_member_where_it_was_announced_is_told(node: Node) -> None:
    async def pose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(Greeting("NOISE").encode())
        await reader.readexactly(64)
        writer.write(encode_command(b"\x07WELCOME" + bytes(96)))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(pose, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        events = node.events()
        key = CurveKeys.generate().public_bytes
        await node.connect(f"tcp://127.0.0.1:{port}", uuid=uuid4(), public_key=key)
        refused = await until(events, Refused, offence=Offence.HANDSHAKE)
        assert refused.source == f"127.0.0.1:{port}"
        assert refused.reason.startswith("NOISE: a ")
