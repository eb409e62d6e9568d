"""Strangers whom a node's sockets close at accept are in its account of what was refused."""

from __future__ import annotations

import asyncio

import pytest

from covey.mesh import Offence, Refused
from covey.mesh.node import Node
from covey.messaging import doorkeeper
from covey.messaging.admission import Admission
from covey.security.secret import Secret


async def test_a_node_tells_whom_it_turned_away(loopback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "Admission", lambda: Admission(burst=1, rate=0.0))
    async with (
        asyncio.timeout(10),
        Node("a", mesh="lab", secret=Secret.generate(), interface=loopback) as node,
    ):
        events = node.events()
        port = int(node.endpoint.rpartition(":")[2])
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n" + bytes(64))
            while await reader.read(1000):
                pass
            writer.close()
        told: list[Refused] = []
        while len(told) < 2:
            event = await anext(events)
            told += [event] if isinstance(event, Refused) else []
        assert [one.offence for one in told] == [Offence.HANDSHAKE] * 2
        assert "failed handshakes" in told[1].reason
        assert told[1].source.startswith("127.0.0.1:")
        assert node.statistics().refused == 2
