"""Verdicts on nodes of other hosts: dead ones soon, living ones never."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from tests.conftest import LanFactory
from tests.mesh.conftest import RemoteFactory, remote
from tests.mesh.remote import RemoteNode

__all__ = ["remote"]

pytestmark = pytest.mark.lan


def exits(node: RemoteNode) -> list[str]:
    queue = node.driver.events
    events = [queue.get_nowait() for _ in range(queue.qsize())]
    return [event["name"] for event in events if event["event"] == "Exited"]


async def test_a_killed_node_is_gone_within_three_beacon_intervals(
    remote: RemoteFactory, lan: LanFactory
) -> None:
    hosts = lan(hosts=2).hosts
    a = await remote("a", hosts[0], "mesh=lab")
    b = await remote("b", hosts[1], "mesh=lab")
    await a.wait_event("Entered", name="b")
    killed = time.time()
    b.driver.program.kill()
    evasive = await a.wait_event("Evasive", name="b", timeout=3.0)
    gone = await a.wait_event("Exited", name="b", timeout=3.0)
    assert gone["reason"] == "link lost"
    assert killed < evasive["at"] <= gone["at"] < killed + 3.0


async def test_a_node_stopped_for_ten_seconds_is_evasive_and_comes_back(
    remote: RemoteFactory, lan: LanFactory
) -> None:
    hosts = lan(hosts=2).hosts
    nodes = a, b, c = [
        await remote(name, hosts[at], "mesh=lab") for name, at in (("a", 0), ("b", 1), ("c", 0))
    ]
    for node in nodes:
        for _ in range(2):
            await node.wait_event("Entered")
    b.driver.program.send_signal(signal.SIGSTOP)
    await asyncio.gather(a.wait_event("Evasive", name="b"), c.wait_event("Evasive", name="b"))
    await asyncio.sleep(5.0)
    b.driver.program.send_signal(signal.SIGCONT)
    await b.ask("whisper", uuid=a.uuid, frames=["awake"])
    await a.wait_event("Whisper")
    await asyncio.sleep(2.0)
    for node in nodes:
        assert exits(node) == []
        assert [peer["liveness"] for peer in await node.ask("peers")] == ["alive", "alive"]
