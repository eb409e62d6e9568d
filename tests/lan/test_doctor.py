"""Broken LANs: the doctor names what is wrong with each."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.lan import Host

pytestmark = pytest.mark.lan

COVEY = [sys.executable, "-m", "covey"]


class Examination:
    """What the doctor said."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        assert errors == "" or "beacon" in errors, errors
        self.status = status
        self.findings: list[dict[str, Any]] = [json.loads(line) for line in output.splitlines()]

    def says(self, check: str, verdict: str, *words: str) -> dict[str, Any]:
        """Return the finding of a check that has this verdict and all these words."""
        for found in self.findings:
            told = f"{found['text']} {found['remedy']}"
            if (found["check"], found["verdict"]) == (check, verdict) and all(word in told for word in words):
                return found
        raise AssertionError(f"no {verdict} of {check} with {words} in\n{self}")

    def faults(self) -> set[str]:
        return {found["check"] for found in self.findings if found["verdict"] == "fault"}

    def __str__(self) -> str:
        return "\n".join(f"{found['verdict']:8} {found['check']}: {found['text']}" for found in self.findings)


async def doctor(host: Host, *words: str, wait: float = 0.3) -> Examination:
    done = await host.run([*COVEY, "doctor", "--json", "--wait", str(wait), *words], check=False)
    return Examination(done.status, done.output, done.errors)


async def answering(host: Host, *words: str) -> None:
    program = await host.start([*COVEY, "doctor", "--answer", *words])
    await program.readline()


async def test_a_healthy_lan_has_no_fault(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    await answering(second)
    found = await doctor(first, second.name)
    assert (found.status, found.faults()) == (0, set()), found
    for check in (
        "beacon",
        "port",
        "multicast route",
        "tcp",
        "handshake",
        "mtu",
        "clock",
        "broadcast",
        "loss",
    ):
        found.says(check, "ok")


async def test_an_interface_that_is_down(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell("ip link set eth0 down")
    found = await doctor(host)
    assert found.status == 1
    found.says("interfaces", "fault", "no network interface", "ip link set eth0 up")
    found.says("interface", "note", "eth0", "is down")


async def test_a_firewall_on_the_host(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell(
        "nft add table inet own\n"
        "nft 'add chain inet own input { type filter hook input priority 0; }'\n"
        "nft add rule inet own input udp dport 5000-6000 drop"
    )
    found = await doctor(host)
    found.says("firewall", "fault", "inet own input", "drops UDP port 5670", "udp dport 5670 accept")
    found.says("beacon", "fault", "not heard back")


async def test_udp_5670_that_is_lost_on_the_way(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    await answering(second)
    second.drop(100, match="udp dport 5670")
    found = await doctor(first, second.name)
    assert found.faults() == {"beacon"}
    found.says("beacon", "fault", "neither broadcast nor multicast", "UDP port 5670")


async def test_tcp_that_is_lost_on_the_way(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    await answering(second)
    second.drop(100, match="ip protocol tcp")
    found = await doctor(first, second.name)
    assert found.faults() == {"tcp"}
    found.says("tcp", "fault", "dropped on the way, while UDP passes")


async def test_multicast_that_is_filtered(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    await answering(second)
    second.drop(100, match="ip daddr 239.255.56.70")
    found = await doctor(first, second.name)
    assert found.faults() == {"multicast"}
    found.says("broadcast", "ok")
    found.says("multicast", "fault", "IGMP snooping")


async def test_broadcast_that_is_filtered(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    await answering(second)
    second.drop(100, match="ether daddr ff:ff:ff:ff:ff:ff udp dport 5670")
    found = await doctor(first, second.name)
    assert found.faults() == {"broadcast"}
    found.says("multicast", "ok")


async def test_beacons_that_arrive_one_way_only(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    await answering(second)
    first.drop(100, match="udp dport 5670", direction="received")
    found = await doctor(first, second.name)
    assert found.faults() == {"beacon"}
    found.says("beacon", "fault", f"no beacon from {second.name} arrives", "firewall of this host")


async def test_a_firewall_that_lets_no_tcp_in(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell(
        "nft add table inet own\n"
        "nft 'add chain inet own input { type filter hook input priority 0; policy drop; }'\n"
        "nft add rule inet own input udp dport 5670 accept"
    )
    found = await doctor(host)
    found.says("firewall", "warning", "inet own input", "not TCP", "tcp dport {1024-65535} accept")


async def test_an_address_that_another_host_has_too(lan: LanFactory) -> None:
    first, second, third = lan(3).hosts
    third.change_address("10.77.0.1/24")
    (await doctor(first)).says("address", "fault", "02:00:00:00:00:03", first.address)
    (await doctor(second, first.name)).says("address", "fault", f"2 hosts have the address {first.address}")


async def test_a_cable_that_is_out(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.cut(carrier=True)
    (await doctor(host)).says("interface", "fault", "eth0 has no link")


async def test_groups_that_cannot_be_joined(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell("echo 0 > /proc/sys/net/ipv4/igmp_max_memberships")
    found = await doctor(host)
    found.says("multicast", "fault", "cannot be joined on eth0", "igmp_max_memberships")
    host.shell("ip link set eth0 multicast off")
    (await doctor(host)).says("multicast", "fault", "switched off", "ip link set eth0 multicast on")


async def test_a_bridge_that_snoops_without_querier(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell("ip link add br9 type bridge mcast_snooping 1\nip link set br9 up")
    (await doctor(host)).says("igmp", "warning", "br9", "multicast_querier")


async def test_no_route_for_multicast(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell("ip route del default")
    found = await doctor(host)
    found.says("multicast route", "warning", "ip route add 224.0.0.0/4 dev eth0")


async def test_a_port_that_another_program_holds(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    code = "import socket; s = socket.socket(2, 2); s.bind(('', 5670)); print('held', flush=True); input()"
    owner = await host.start(["python3", "-c", code])
    await owner.readline()
    found = await doctor(host)
    found.says("port", "fault", "UDP port 5670", f"python3 ({owner.pid})")


async def test_nodes_of_another_secret(lan: LanFactory, tmp_path: Path) -> None:
    first, second = lan(2).hosts
    files = [str(tmp_path / name) for name in ("ours", "theirs")]
    for file in files:
        Secret.generate().save(file)
    program = await second.start([*COVEY, "agent", "--json", "--secret-file", files[1]])
    await program.read_json(event="started")
    found = await doctor(first, "--secret-file", files[0], wait=2.5)
    found.says("neighbours", "warning", "1 host with nodes of another mesh or secret", second.address)
    with_theirs = await doctor(first, "--secret-file", files[1], wait=2.5)
    with_theirs.says("neighbours", "ok", "our mesh and secret", second.address)
    await answering(second, "--secret-file", files[1])
    (await doctor(first, second.name, "--secret-file", files[0])).says("secret", "fault", "compare")
    (await doctor(first, second.name, "--secret-file", files[1])).says("secret", "ok")
    (await doctor(first, second.name)).says("secret", "fault", "this end has none")


async def test_mtus_that_differ(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    second.shell("ip link set eth0 mtu 1400")
    await answering(second)
    found = await doctor(first, second.name)
    assert found.faults() == {"mtu"}
    found.says("mtu", "fault", "1500 octets vanish")


async def test_a_point_to_point_link_alone(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    host.shell("ip -4 addr flush dev eth0\nip -6 addr flush dev eth0\nip addr add 10.77.0.1/31 dev eth0")
    found = await doctor(host)
    assert found.status == 1
    found.says("interfaces", "fault", "no broadcast", "--etcd")


async def test_a_wrong_netmask(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    second.change_address("10.77.5.2/16")
    program = await second.start([*COVEY, "agent", "--json"])
    await program.read_json(event="started")
    found = await doctor(first, wait=2.5)
    found.says("netmask", "fault", "10.77.5.2", "outside of 10.77.0.1/24")


async def test_a_peer_whose_cable_is_cut(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    second.cut()
    found = await doctor(first, second.name)
    assert found.faults() == {"path"}
    found.says("path", "fault", "not even to ARP")


async def test_a_lossy_link(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    await answering(second)
    second.drop_every(4, match="udp dport 5669", direction="received")
    (await doctor(first, second.name)).says("loss", "fault", "5 of 20 lost")


async def test_a_name_and_an_etcd_that_are_not_there(lan: LanFactory) -> None:
    (host,) = lan(1).hosts
    found = await doctor(host, "nowhere.invalid", "--etcd", f"{host.address}:2379")
    found.says("names", "fault", "nowhere.invalid")
    found.says("etcd", "fault", "is not reached")


async def test_a_host_without_doctor(lan: LanFactory) -> None:
    first, second = lan(2).hosts
    found = await doctor(first, second.address)
    assert found.status == 0
    found.says("tcp", "note", "covey doctor --answer")
