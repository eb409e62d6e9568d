"""Gossip between hosts that hear no broadcast, and beside czmq's zgossip."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import LanFactory
from tests.discovery.counterparts import need
from tests.lan import Host, Program

pytestmark = pytest.mark.lan

PROGRAMS = Path(__file__).parents[1] / "discovery" / "programs"


async def covey_gossip(host: Host, uuid: str, port: int, *words: str) -> Program:
    program = await host.start([sys.executable, str(PROGRAMS / "covey_gossip.py"), uuid, str(port), *words])
    await program.read_json()
    return program


async def czmq_gossip(host: Host, *words: str) -> Program:
    need("czmq")
    program = await host.start([sys.executable, str(PROGRAMS / "czmq_gossip.py"), *words])
    await program.read_json()
    return program


async def test_networks_joined_by_a_router_alone_are_one_through_a_hub(lan: LanFactory) -> None:
    network = lan(["left", "router", "right"])
    left, router, right = network.hosts
    router.add_interface("eth1", "10.78.0.1/24", network="br1")
    router.shell("echo 1 > /proc/sys/net/ipv4/ip_forward")
    right.remove_interface("eth0")
    right.add_interface("eth0", "10.78.0.2/24", network="br1")
    right.shell("ip route replace default via 10.78.0.1")
    left.shell(f"ip route replace default via {router.address}")
    one, two = str(uuid4()), str(uuid4())
    await covey_gossip(router, str(uuid4()), 4000, "--bind", "tcp://*:5672")
    here = await covey_gossip(left, one, 4001, "--connect", f"tcp://{router.address}:5672")
    there = await covey_gossip(right, two, 4002, "--connect", "tcp://10.78.0.1:5672")
    assert (await here.read_json(uuid=two))["endpoint"] == "tcp://10.78.0.2:4002"
    assert (await there.read_json(uuid=one))["endpoint"] == f"tcp://{left.address}:4001"


@pytest.mark.interop
async def test_a_hub_of_czmq_serves_us(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    foreign = uuid4()
    hub = await czmq_gossip(second, "bind", "tcp://*:5672", foreign.hex.upper(), "tcp://10.77.0.9:1234")
    one, two = str(uuid4()), str(uuid4())
    endpoint = f"tcp://{second.address}:5672"
    here = await covey_gossip(first, one, 4001, "--connect", endpoint)
    assert (await here.read_json(uuid=str(foreign)))["endpoint"] == "tcp://10.77.0.9:1234"
    key = one.replace("-", "").upper()
    assert (await hub.read_json(key=key))["value"] == f"tcp://{first.address}:4001"
    await covey_gossip(first, two, 4002, "--connect", endpoint)
    assert await here.read_json(uuid=two)


@pytest.mark.interop
async def test_a_hub_of_czmq_that_forgot_us_is_told_again(lan: LanFactory) -> None:
    """A hub of czmq forgets clients that were silent for its timeout, and says so only when asked."""
    first, second = lan(2).hosts
    await czmq_gossip(second, "bind", "tcp://*:5672")
    endpoint = f"tcp://{second.address}:5672"
    here = await covey_gossip(first, str(uuid4()), 4001, "--connect", endpoint)
    for _ in range(3):
        late = str(uuid4())
        await covey_gossip(first, late, 4002, "--connect", endpoint)
        assert await here.read_json(uuid=late, timeout=15.0)
        await first.run(["sleep", "2"])


@pytest.mark.interop
async def test_our_hub_serves_czmq(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    one, foreign, late = str(uuid4()), uuid4(), str(uuid4())
    hub = await covey_gossip(first, one, 4001, "--bind", "tcp://*:5672")
    endpoint = f"tcp://{first.address}:5672"
    client = await czmq_gossip(second, "connect", endpoint, foreign.hex.upper(), "tcp://10.77.0.9:1234")
    assert (await client.read_json(key=one.replace("-", "").upper()))["value"].endswith(":4001")
    assert (await hub.read_json(uuid=str(foreign)))["endpoint"] == "tcp://10.77.0.9:1234"
    await covey_gossip(second, late, 4002, "--connect", endpoint)
    assert await client.read_json(key=late.replace("-", "").upper())
