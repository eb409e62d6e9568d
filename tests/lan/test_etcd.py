"""Two LANs that hear nothing of each other, joined by etcd alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.discovery.etcd_server import EtcdServer
from tests.lan import Host, Program

pytestmark = [pytest.mark.lan, pytest.mark.interop]


async def agent(host: Host, name: str, *words: str) -> Program:
    program = await host.start([sys.executable, "-m", "covey", "agent", "--json", "--name", name, *words])
    await program.read_json(event="started")
    return program


@pytest.mark.parametrize("is_secret", [False, True])
async def test_two_lans_are_one_mesh_through_etcd(lan: LanFactory, tmp_path: Path, is_secret: bool) -> None:
    network = lan(["left", "router", "right"])
    left, router, right = network.hosts
    router.add_interface("eth1", "10.78.0.1/24", network="br1")
    router.shell("echo 1 > /proc/sys/net/ipv4/ip_forward")
    right.remove_interface("eth0")
    right.add_interface("eth0", "10.78.0.2/24", network="br1")
    right.shell("ip route replace default via 10.78.0.1")
    left.shell(f"ip route replace default via {router.address}")
    words = []
    if is_secret:
        Secret.generate().save(tmp_path / "secret")
        words = ["--secret-file", str(tmp_path / "secret")]
    async with EtcdServer(tmp_path, host=router) as server:
        words += ["--etcd", server.url]
        here = await agent(left, "left", *words)
        there = await agent(right, "right", *words)
        entered = await here.read_json(event="entered", name="right")
        assert (entered["via"], entered["endpoint"].rpartition(":")[0]) in (
            ("etcd", "tcp://10.78.0.2"),
            ("hello", "tcp://10.78.0.2"),
        )
        await there.read_json(event="entered", name="left")
        await server.kill()
        await server.start()
        late = await agent(right, "late", *words)
        await late.read_json(event="entered", name="left")
        await here.read_json(event="entered", name="late")
        late.terminate()
        assert (await here.read_json(event="exited", name="late"))["reason"] == "goodbye"
        await server.kill()
        (tmp_path / "etcd").rename(tmp_path / "lost")
        await server.start()
        later = await agent(right, "later", *words)
        await later.read_json(event="entered", name="left")
        await here.read_json(event="entered", name="later")
