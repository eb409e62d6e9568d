"""A Zyre node in gossip mode beside ours: either is the hub.

No package registry that the project uses holds libzyre, so these run where somebody built it (Zyre's
`src/*.c` against libczmq) and put it where the loader looks, `LD_LIBRARY_PATH` say. That czmq's half of it,
zgossip, and ZRE's, pyre, understand us is tested everywhere.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from tests.conftest import LanFactory
from tests.lan import Host, Program
from tests.mesh.conftest import RemoteFactory, remote

__all__ = ["remote"]


def _has_zyre() -> bool:
    try:
        ctypes.CDLL("libzyre.so")
    except OSError:
        return False
    return True


pytestmark = [
    pytest.mark.lan,
    pytest.mark.interop,
    pytest.mark.skipif(not _has_zyre(), reason="no libzyre: build it from Zyre's sources"),
]

PROGRAM = str(Path(__file__).parents[1] / "discovery" / "programs" / "zyre_gossip.py")


async def zyre(host: Host, name: str, *words: str) -> Program:
    program = await host.start([sys.executable, PROGRAM, name, *words])
    await program.read_json()
    return program


async def test_a_zyre_node_meets_us_through_our_hub(remote: RemoteFactory, lan: LanFactory) -> None:
    first, second = lan(2).hosts
    ours = await remote("ours", first, "mesh=lab", "discover=mdns", "gossip_bind=tcp://*:5672")
    theirs = await zyre(second, "theirs", "connect", f"tcp://{first.address}:5672")
    await ours.wait_event("Entered", name="theirs")
    await theirs.read_json(event="ENTER", name="ours")
    await theirs.write("from zyre\n")
    assert (await ours.wait_event("Whisper"))["frames"] == ["from zyre"]
    await theirs.finish()
    assert (await ours.wait_event("Exited", name="theirs"))["reason"] == "goodbye"


async def test_we_meet_a_zyre_node_through_its_hub_and_leave(remote: RemoteFactory, lan: LanFactory) -> None:
    first, second = lan(2).hosts
    theirs = await zyre(first, "theirs", "bind", "tcp://*:5672")
    ours = await remote("ours", second, "mesh=lab", "discover=mdns", f"gossip_connect={first.address}:5672")
    entered = await ours.wait_event("Entered", name="theirs")
    await theirs.read_json(event="ENTER", name="ours")
    await ours.ask("whisper", uuid=entered["uuid"], frames=["from covey"])
    assert (await theirs.read_json(event="WHISPER"))["text"] == "from covey"
    ours.driver.program.terminate()
    await theirs.read_json(event="EXIT", name="ours")
