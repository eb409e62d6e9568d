"""Hosts with unusual interfaces: IPv6 alone, container bridges, point-to-point links."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.mesh.conftest import RemoteFactory, remote

__all__ = ["remote"]

pytestmark = pytest.mark.lan


@pytest.mark.parametrize("is_secret", [False, True])
async def test_nodes_with_ipv6_alone_are_one_mesh(
    remote: RemoteFactory, lan: LanFactory, tmp_path: Path, is_secret: bool
) -> None:
    words = ["mesh=lab"]
    if is_secret:
        Secret.generate().save(tmp_path / "secret")
        words.append(f"secret={tmp_path / 'secret'}")
    one, other = lan(2).hosts
    for host in (one, other):
        host.shell("ip -4 addr flush dev eth0")
    a = await remote("a", one, *words)
    b = await remote("b", other, *words)
    entered = await a.wait_event("Entered", name="b")
    assert "[fe80:" in entered["endpoint"]
    assert "%eth0]:" in entered["endpoint"]
    await b.wait_event("Entered", name="a")
    await a.ask("whisper", uuid=b.uuid, frames=["over six"])
    assert (await b.wait_event("Whisper"))["frames"] == ["over six"]


async def test_every_interface_is_told_with_the_reason(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell(
        "ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up\n"
        "ip link add eth7 type veth peer name eth8; ip link set eth7 up; ip link set eth8 up\n"
        "ip addr add 10.9.0.1/31 dev eth7"
    )
    done = await host.run([sys.executable, "-m", "covey", "interfaces", "--json"])
    told = {
        row["name"]: (row["used"], row["reason"])
        for row in map(json.loads, done.output.splitlines())
        if ":" not in row["address"]
    }
    assert told["eth0"][0]
    assert told["lo"] == (False, "is the loopback, used only when asked for")
    assert told["docker0"] == (False, "belongs to containers or virtual machines")
    assert told["eth7"] == (False, "cannot broadcast (its network is a /31)")
    done = await host.run([sys.executable, "-m", "covey", "interfaces", "--json", "--interface", "docker0"])
    used = {row["name"] for row in map(json.loads, done.output.splitlines()) if row["used"]}
    assert used == {"docker0"}
