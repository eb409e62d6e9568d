"""Beacons between hosts, and beside the beacons of programs that none of us wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from covey.discovery.beacon.codec import OpenBeacon, encode
from covey.discovery.beacon.constants import MULTICAST_V4
from tests.conftest import LanFactory
from tests.discovery.counterparts import need
from tests.lan import Host, Program

pytestmark = pytest.mark.lan

PROGRAMS = Path(__file__).parents[1] / "discovery" / "programs"


async def covey_beacon(host: Host, uuid: UUID, port: int, *interfaces: str, modes: str = "auto") -> Program:
    return await host.start(
        [sys.executable, str(PROGRAMS / "covey_beacon.py"), str(uuid), str(port), modes, *interfaces]
    )


async def foreign_beacon(host: Host, name: str, uuid: UUID, port: int, **variables: str) -> Program:
    need(name)
    datagram = encode(OpenBeacon(uuid, port)).hex()
    program = await host.start(
        [sys.executable, str(PROGRAMS / f"{name}_beacon.py"), datagram],
        env={"ZSYS_INTERFACE": "eth0", **variables},
    )
    assert (await program.read_json()).keys() == {"ready"}
    return program


async def test_hosts_see_each_other_and_hear_goodbye(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    one, two = uuid4(), uuid4()
    here = await covey_beacon(first, one, 4001)
    assert await here.read_json() == {"ready": ["eth0"]}
    there = await covey_beacon(second, two, 4002)
    expected = {"uuid": str(two), "endpoint": f"tcp://{second.address}:4002", "interface": "eth0"}
    assert await here.read_json(uuid=str(two)) == expected
    assert (await there.read_json(uuid=str(one)))["endpoint"] == f"tcp://{first.address}:4001"
    await there.finish()
    assert await here.read_json(uuid=str(two), endpoint=None)


async def test_nodes_of_one_host_find_each_other_over_its_lan(lan: LanFactory) -> None:
    [host] = lan(1).hosts
    one, two = uuid4(), uuid4()
    first = await covey_beacon(host, one, 4001)
    second = await covey_beacon(host, two, 4002)
    assert (await first.read_json(uuid=str(two)))["interface"] == "eth0"
    assert (await second.read_json(uuid=str(one)))["endpoint"] == f"tcp://{host.address}:4001"


async def test_every_network_of_a_host_is_served_with_its_own_address(lan: LanFactory) -> None:
    network = lan(2)
    first, second = network.hosts
    for number, host in enumerate(network.hosts, 1):
        host.add_interface("eth1", f"10.78.0.{number}/24", network="br1")
    one = uuid4()
    listener = await covey_beacon(second, uuid4(), 4002)
    await covey_beacon(first, one, 4001)
    for endpoint in (f"tcp://{first.address}:4001", "tcp://10.78.0.1:4001"):
        assert await listener.read_json(uuid=str(one), endpoint=endpoint)


async def test_a_pinned_interface_neither_sends_nor_hears_elsewhere(lan: LanFactory) -> None:
    network = lan(2)
    first, second = network.hosts
    for number, host in enumerate(network.hosts, 1):
        host.add_interface("eth1", f"10.78.0.{number}/24", network="br1")
    one, two = uuid4(), uuid4()
    pinned = await covey_beacon(first, one, 4001, "eth1")
    assert await pinned.read_json() == {"ready": ["eth1"]}
    other = await covey_beacon(second, two, 4002)
    assert (await other.read_json(uuid=str(one)))["interface"] == "eth1"
    assert (await pinned.read_json(uuid=str(two)))["interface"] == "eth1"
    assert '"interface": "eth0"' not in (await pinned.finish()).output
    await other.read_json(uuid=str(one), endpoint=None)


async def test_beacons_come_through_though_a_third_is_lost(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    second.drop(33, match="udp dport 5670")
    one, two = uuid4(), uuid4()
    here = await covey_beacon(first, one, 4001)
    there = await covey_beacon(second, two, 4002)
    await here.read_json(uuid=str(two))
    await there.read_json(uuid=str(one))


@pytest.mark.interop
@pytest.mark.parametrize("name", ["pyre", "czmq"])
async def test_foreign_beacons_and_ours_hear_each_other(lan: LanFactory, name: str) -> None:
    first, second = lan(2).hosts
    ours, theirs = uuid4(), uuid4()
    foreign = await foreign_beacon(second, name, theirs, 5002)
    here = await covey_beacon(first, ours, 4001)
    assert (await here.read_json(uuid=str(theirs)))["endpoint"] == f"tcp://{second.address}:5002"
    heard = encode(OpenBeacon(ours, 4001)).hex()
    assert await foreign.read_json(heard=heard) == {"heard": heard, "source": first.address}
    await here.finish()
    await foreign.read_json(heard=encode(OpenBeacon(ours, 0)).hex())


@pytest.mark.interop
async def test_all_kinds_of_beacons_share_one_hosts_port(lan: LanFactory) -> None:
    [host] = lan(1).hosts
    uuids = {name: uuid4() for name in ("pyre", "czmq", "covey")}
    foreign = [await foreign_beacon(host, name, uuids[name], 5000) for name in ("pyre", "czmq")]
    here = await covey_beacon(host, uuids["covey"], 5000)
    for name in ("pyre", "czmq"):
        await here.read_json(uuid=str(uuids[name]))
    for program in foreign:
        await program.read_json(heard=encode(OpenBeacon(uuids["covey"], 5000)).hex())


@pytest.mark.interop
async def test_czmq_in_multicast_mode_and_ours_hear_each_other(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    ours, theirs = uuid4(), uuid4()
    # czmq 4.2.1 aborts in this mode when it is told an interface: its IP_MULTICAST_IF fails.
    variables = {"ZSYS_INTERFACE": "*", "ZSYS_IPV4_MCAST_ADDRESS": MULTICAST_V4}
    foreign = await foreign_beacon(second, "czmq", theirs, 5002, **variables)
    here = await covey_beacon(first, ours, 4001, modes="multicast4")
    assert (await here.read_json(uuid=str(theirs)))["endpoint"] == f"tcp://{second.address}:5002"
    heard = encode(OpenBeacon(ours, 4001)).hex()
    assert await foreign.read_json(heard=heard) == {"heard": heard, "source": first.address}


@pytest.mark.interop
async def test_czmq_over_ipv6_and_ours_hear_each_other(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    ours, theirs = uuid4(), uuid4()
    foreign = await foreign_beacon(
        second, "czmq", theirs, 5002, ZSYS_IPV6="1", ZSYS_IPV6_ADDRESS=second.link_local
    )
    here = await covey_beacon(first, ours, 4001, modes="multicast6")
    expected = f"tcp://[{second.link_local}%eth0]:5002"
    assert (await here.read_json(uuid=str(theirs)))["endpoint"] == expected
    heard = encode(OpenBeacon(ours, 4001)).hex()
    assert (await foreign.read_json(heard=heard))["source"].startswith(first.link_local)


async def test_multicast_finds_where_broadcast_is_filtered(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    for host in (first, second):
        host.drop(100, match="ip daddr 10.77.0.255")
    one, two = uuid4(), uuid4()
    here = await covey_beacon(first, one, 4001)
    there = await covey_beacon(second, two, 4002)
    await here.read_json(uuid=str(two))
    await there.read_json(uuid=str(one))


async def test_hosts_with_ipv6_alone_find_each_other(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    for host in (first, second):
        host.shell("ip -4 addr flush dev eth0")
    one, two = uuid4(), uuid4()
    here = await covey_beacon(first, one, 4001)
    there = await covey_beacon(second, two, 4002)
    assert (await here.read_json(uuid=str(two)))["endpoint"] == f"tcp://[{second.link_local}%eth0]:4002"
    assert (await there.read_json(uuid=str(one)))["endpoint"] == f"tcp://[{first.link_local}%eth0]:4001"


async def test_a_new_interface_is_used_within_two_seconds(lan: LanFactory) -> None:
    network = lan(2)
    first, second = network.hosts
    second.add_interface("eth1", "10.78.0.2/24", network="br1")
    one, two = uuid4(), uuid4()
    here = await covey_beacon(first, one, 4001)
    there = await covey_beacon(second, two, 4002)
    await there.read_json(uuid=str(one))
    first.add_interface("eth1", "10.78.0.1/24", network="br1")
    assert await there.read_json(uuid=str(one), endpoint="tcp://10.78.0.1:4001", timeout=2.0)
    assert await here.read_json(uuid=str(two), interface="eth1", timeout=2.0)


async def test_a_new_address_is_announced_within_two_seconds(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    one = uuid4()
    there = await covey_beacon(second, uuid4(), 4002)
    await covey_beacon(first, one, 4001)
    await there.read_json(uuid=str(one))
    first.change_address("10.77.0.99/24")
    assert await there.read_json(uuid=str(one), endpoint="tcp://10.77.0.99:4001", timeout=2.0)


async def test_a_removed_interface_leaves_the_others_at_work_and_may_return(lan: LanFactory) -> None:
    network = lan(2)
    first, second = network.hosts
    one = uuid4()
    here = await covey_beacon(first, one, 4001)
    there = await covey_beacon(second, uuid4(), 4002)
    await there.read_json(uuid=str(one))
    first.remove_interface("eth0")
    first.add_interface("eth1", "10.77.0.50/24")
    assert await there.read_json(uuid=str(one), endpoint="tcp://10.77.0.50:4001", timeout=2.0)
    assert here.status is None


async def test_a_mended_cable_is_noticed_at_once(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    one = uuid4()
    await covey_beacon(first, one, 4001)
    first.cut(carrier=True)
    there = await covey_beacon(second, uuid4(), 4002)
    first.heal()
    assert await there.read_json(uuid=str(one), timeout=2.0)
