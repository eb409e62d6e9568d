"""The example that users see first, run as it stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory

pytestmark = pytest.mark.lan

EXAMPLE = """
import asyncio, covey

async def main():
    async with covey.Node("thermo-1", mesh="lab", secret=covey.Secret.load("lab.secret")) as node:
        await node.join("sensors")
        async with node.subscribe("temp/") as temperatures:
            await node.publish("temp/kitchen", b"21.5")
            async for message in temperatures:          # .topic, .data, .sender
                print(message.topic, message.data, message.sender.name)

asyncio.run(main())
"""


async def test_two_hosts_that_run_the_example_hear_of_each_other(lan: LanFactory, tmp_path: Path) -> None:
    Secret.generate().save(tmp_path / "lab.secret")
    for name in ("thermo-1", "thermo-2"):
        (tmp_path / f"{name}.py").write_text(EXAMPLE.replace("thermo-1", name))
    first, second = lan(hosts=2).hosts
    listening = await first.start([sys.executable, "-u", "thermo-1.py"], cwd=tmp_path)
    await second.start([sys.executable, "-u", "thermo-2.py"], cwd=tmp_path)
    assert await listening.readline() == "temp/kitchen b'21.5' thermo-2"
