"""Nodes that hand each other the keys of a multicast group."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import covey
from covey.errors import OptionError
from covey.mesh.events import Whisper
from covey.mesh.node import Node
from covey.security.secret import Secret


async def test_members_read_each_other_and_whisper_keys_unseen(loopback: str) -> None:
    options: dict[str, Any] = {"mesh": "lab", "secret": Secret.generate(), "interface": loopback}
    async with asyncio.timeout(20), Node("a", **options) as a, Node("b", **options) as b:
        events = b.events()
        async with a.sealed_group("weather", sign=True) as first:
            await asyncio.gather(a.wait_for_peers(1), b.wait_for_peers(1))
            async with b.sealed_group("weather") as second:
                await asyncio.gather(first.wait_members(), second.wait_members())
                assert first.keys.members == (str(b.uuid),)
                async with (
                    covey.Radio(security=first.keys) as radio,
                    covey.Dish(security=second.keys) as dish,
                ):
                    dish.join("temp")
                    await radio.connect(await dish.bind("udp://127.0.0.1:*"))
                    await radio.send(b"21.5", group="temp")
                    assert await dish.recv() == b"21.5"
            while first.keys.members:
                await first.wait_change()
            assert first.keys.senders == ()
            assert first.refused == 0
        await a.whisper(b.uuid, b"seen")
        async for event in events:
            if isinstance(event, Whisper):
                assert event.data == b"seen"
                break


async def test_an_open_mesh_has_no_sealed_groups() -> None:
    with pytest.raises(OptionError, match="secret"):
        Node("a").sealed_group("weather")
