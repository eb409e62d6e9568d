"""LANs that no broadcast joins, and nodes that meet all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.lan import Host
from tests.mesh.conftest import RemoteFactory, remote
from tests.mesh.remote import RemoteNode

__all__ = ["remote"]

pytestmark = pytest.mark.lan


@pytest.fixture(params=["open", "secret"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Arguments of a node of one mesh."""
    if request.param == "open":
        return ["mesh=lab"]
    Secret.generate().save(tmp_path / "secret")
    return ["mesh=lab", f"secret={tmp_path / 'secret'}"]


@pytest.fixture
def routed(lan: LanFactory) -> tuple[Host, Host, Host, Host]:
    """Two hosts on the left LAN, two on the right one; `router` stands in both and is not among them."""
    network = lan(["left1", "left2", "router", "right1", "right2"])
    left1, left2, router, *right = network.hosts
    router.add_interface("eth1", "10.78.0.1/24", network="br1")
    router.shell("echo 1 > /proc/sys/net/ipv4/ip_forward")
    for number, host in enumerate(right, 2):
        host.remove_interface("eth0")
        host.add_interface("eth0", f"10.78.0.{number}/24", network="br1")
        host.shell("ip route replace default via 10.78.0.1")
    for host in (left1, left2):
        host.shell(f"ip route replace default via {router.address}")
    return left1, left2, right[0], right[1]


async def names_met(node: RemoteNode, count: int) -> set[str]:
    return {(await node.wait_event("Entered"))["name"] for _ in range(count)}


async def test_two_lans_joined_by_one_seed_are_one_mesh(
    remote: RemoteFactory, routed: tuple[Host, Host, Host, Host], options: list[str]
) -> None:
    left1, left2, right1, right2 = routed
    seed = f"seeds={left1.address}"
    s = await remote("s", left1, *options, "gossip_bind=tcp://*:5670")
    quiet = await remote("quiet", left2, *options)
    a = await remote("a", right1, *options, seed)
    b = await remote("b", right2, *options, seed)
    assert await names_met(a, 3) == {"s", "quiet", "b"}
    assert await names_met(b, 3) == {"s", "quiet", "a"}
    assert await names_met(s, 3) == await names_met(quiet, 3) - {"s"} | {"quiet"}
    await a.ask("whisper", uuid=quiet.uuid, frames=["across"])
    assert (await quiet.wait_event("Whisper"))["frames"] == ["across"]


async def test_two_lans_joined_by_a_gossip_hub_are_one_mesh(
    remote: RemoteFactory, routed: tuple[Host, Host, Host, Host], options: list[str]
) -> None:
    left1, left2, right1, right2 = routed
    hub = f"gossip_connect={left1.address}:5999"
    h = await remote("h", left1, *options, "discover=beacon", "gossip_bind=tcp://*:5999")
    a, b, c = await asyncio.gather(
        *(
            remote(name, host, *options, hub)
            for name, host in zip("abc", (left2, right1, right2), strict=True)
        )
    )
    for node, name in ((h, "h"), (a, "a"), (b, "b"), (c, "c")):
        assert await names_met(node, 3) == set("habc") - {name}


async def test_a_node_that_is_told_a_place_later_meets_everybody(
    remote: RemoteFactory, routed: tuple[Host, Host, Host, Host], options: list[str]
) -> None:
    left1, left2, right1, _ = routed
    await remote("s", left1, *options, "gossip_bind=tcp://*:5670")
    await remote("n", left2, *options)
    late = await remote("late", right1, *options)
    await late.ask("connect", endpoint=left1.address)
    assert await names_met(late, 2) == {"s", "n"}


async def test_mdns_finds_nodes_whose_beacons_are_filtered(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    one, two = lan(hosts=2).hosts
    a = await remote("a", one, *options, "discover=mdns")
    await remote("b", two, *options, "discover=mdns")
    entered = await a.wait_event("Entered", timeout=15.0)
    assert (entered["name"], entered["via"]) in (("b", "mdns"), ("b", "hello"))


async def test_nodes_that_only_a_hub_joined_meet_again_after_a_partition(
    remote: RemoteFactory, routed: tuple[Host, Host, Host, Host]
) -> None:
    left1, left2, right1, _ = routed
    timings = ["mesh=lab", "evasive=1", "expired=2"]
    await remote("h", left1, *timings, "gossip_bind=tcp://*:5670")
    a = await remote("a", left2, *timings, f"gossip_connect={left1.address}")
    b = await remote("b", right1, *timings, f"gossip_connect={left1.address}")
    await a.wait_event("Entered", name="b")
    await b.wait_event("Entered", name="a")
    right1.cut()
    await a.wait_event("Exited", name="b")
    await b.wait_event("Exited", name="a")
    right1.heal()
    await a.wait_event("Entered", name="b", timeout=20.0)
    await b.wait_event("Entered", name="a", timeout=20.0)
