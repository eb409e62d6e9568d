"""Sealed RADIO and DISH over EPGM between hosts that lose packets: repairs carry what was sealed once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import LanFactory

pytestmark = pytest.mark.lan

_PROGRAM = str(Path(__file__).with_name("programs") / "sealed_group.py")


async def test_losses_are_repaired_and_nothing_is_readable_on_the_way(lan: LanFactory) -> None:
    network = lan(2)
    first, second = network.hosts
    endpoints = [f"epgm://{host.address};239.192.7.7:17171" for host in network.hosts]
    radio = await first.start([sys.executable, _PROGRAM, "radio", endpoints[0]])
    told = (await radio.read_json())["told"]
    dish = await second.start([sys.executable, _PROGRAM, "dish", endpoints[1]])
    await dish.write(json.dumps(told) + "\n")
    await dish.read_json(listening=True)
    with network.capture() as capture:
        second.drop_every(10, match="udp dport 17171", direction="received")
        await radio.write("\n")
        seen = await dish.read_json(timeout=30.0)
        assert b"weather" not in capture
        assert b"000123000123" not in capture
    assert seen["in_order"]
    assert seen["lost"] == 0
    assert seen["repairs"] > 0
    assert (seen["forged"], seen["unknown"], seen["replayed"]) == (0, 0, 0)
