"""Forged and mutated beacons by the ten thousand, as fast as one host can send them."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.lan.flood import flood
from tests.mesh.conftest import RemoteFactory, remote

__all__ = ["remote"]

pytestmark = pytest.mark.lan


@pytest.mark.parametrize("mode", ["open", "secret"])
async def test_members_stay_together_in_a_flood_and_one_more_joins(
    lan: LanFactory, tmp_path: Path, mode: str
) -> None:
    words = ["mesh=flood"]
    if mode == "secret":
        Secret.generate().save(tmp_path / "secret")
        words.append(f"secret={tmp_path / 'secret'}")
    seen = await flood(lan(3), words, 100_000, 2.5)
    assert seen["strange"] == []
    assert seen["peers"] == [["b", "late"], ["a", "late"], ["a", "b"]]
    assert seen["sent"] > 50_000
    assert max(seen["memory"]) < 80


async def test_forged_goodbyes_remove_nobody(remote: RemoteFactory, lan: LanFactory) -> None:
    hosts = lan(hosts=3).hosts
    a = await remote("a", hosts[0], "mesh=lab")
    b = await remote("b", hosts[1], "mesh=lab")
    await a.wait_event("Entered", name="b")
    forged = b"ZRE\x01" + bytes.fromhex(b.uuid) + bytes(2)
    with hosts[2].socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
        attacker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for connected in (False, True):
            if connected:
                await a.ask("whisper", uuid=b.uuid, frames=["connected"])
                await b.wait_event("Whisper")
            for _ in range(30):
                attacker.sendto(forged, ("10.77.0.255", 5670))
                await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)
    events = [a.driver.events.get_nowait()["event"] for _ in range(a.driver.events.qsize())]
    assert "Exited" not in events
    assert [peer["liveness"] for peer in await a.ask("peers")] == ["alive"]
    b.driver.program.send_signal(signal.SIGTERM)
    assert (await a.wait_event("Exited", timeout=3.0))["reason"] == "goodbye"
