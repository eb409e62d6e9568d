from __future__ import annotations

import pytest

from covey.discovery.interface_table import Flag, Hardware, Interface, list_interfaces
from covey.discovery.interfaces import Candidate, choose, usable_interfaces
from covey.errors import InterfaceError

LAN = Flag.UP | Flag.BROADCAST | Flag.MULTICAST


def row(name: str, address: str = "", prefix: int = 24, **changes: int) -> Interface:
    values = {"index": 7, "flags": LAN, "hardware": Hardware.ETHERNET, "family": 4, **changes}
    return Interface(name, address=address, prefix_length=prefix, **values)


LOOPBACK = row("lo", "127.0.0.1", 8, index=1, flags=Flag.UP | Flag.LOOPBACK, hardware=Hardware.LOOPBACK)


def verdict(interface: Interface, *pins: str) -> Candidate:
    return choose([interface], pins)[0]


@pytest.mark.parametrize("name", ["eth0", "wlan0", "enp3s0", "br0", "br-lan", "bond0", "eth0.12", "usb0"])
def test_uses_what_is_up_and_can_broadcast(name: str) -> None:
    assert verdict(row(name, "10.0.0.1")) == Candidate(row(name, "10.0.0.1"), True, "is up and can broadcast")


@pytest.mark.parametrize(
    "name",
    ["docker0", "br-0a1b2c3d4e5f", "veth12ab", "virbr0", "cni0", "lxcbr0", "podman1", "flannel.1", "cali12"],
)
def test_leaves_out_container_bridges_unless_asked_for(name: str) -> None:
    candidate = verdict(row(name, "172.17.0.1"))
    assert (candidate.is_used, candidate.reason) == (False, "belongs to containers or virtual machines")
    assert verdict(row(name, "172.17.0.1"), name).is_used


@pytest.mark.parametrize("name", ["tun0", "tap1", "wg0", "tailscale0", "zt5u4y"])
def test_leaves_out_tunnels_by_name(name: str) -> None:
    assert verdict(row(name, "10.8.0.1")).reason == "is a tunnel"


def test_leaves_out_tunnels_by_kind() -> None:
    assert verdict(row("office", "10.8.0.1", hardware=Hardware.NONE)).reason == "is a tunnel"


@pytest.mark.parametrize(
    ("interface", "reason"),
    [
        (row("eth0", "10.0.0.1", flags=Flag.BROADCAST), "is down"),
        (row("eth0"), "has no IPv4 address"),
        (
            row("ppp0", "10.0.0.1", flags=Flag.UP | Flag.POINT_TO_POINT),
            "cannot broadcast (a point-to-point link)",
        ),
        (row("eth0", "10.0.0.1", 32), "cannot broadcast (its network is a /32)"),
    ],
)
def test_says_why_an_interface_cannot_be_used_even_when_pinned(interface: Interface, reason: str) -> None:
    assert verdict(interface).reason == reason
    with pytest.raises(InterfaceError, match="cannot be used") as caught:
        verdict(interface, interface.name)
    assert reason in str(caught.value)


def test_uses_loopback_only_when_asked_for_by_name_or_address() -> None:
    assert not verdict(LOOPBACK).is_used
    assert verdict(LOOPBACK, "lo").is_used
    assert verdict(LOOPBACK, "127.0.0.1").is_used
    assert LOOPBACK.broadcast == "127.255.255.255"


def test_pins_leave_the_others_out() -> None:
    rows = [row("eth0", "10.0.0.1"), row("eth1", "10.1.0.1", index=8), LOOPBACK]
    assert [candidate.is_used for candidate in choose(rows, ["eth1", "lo"])] == [False, True, True]


def test_pins_one_of_several_addresses() -> None:
    rows = [row("eth0", "10.0.0.1"), row("eth0", "10.1.0.1")]
    assert [candidate.is_used for candidate in choose(rows, ["10.1.0.1"])] == [False, True]


def test_uses_every_network_of_an_interface_once() -> None:
    rows = [row("eth0", "10.0.0.1"), row("eth0", "10.0.0.2"), row("eth0", "10.1.0.1")]
    assert [candidate.is_used for candidate in choose(rows)] == [True, False, True]
    assert "same network" in choose(rows)[1].reason
    assert choose(rows, ["eth0"])[0].is_used


def test_two_interfaces_in_one_network_are_both_used() -> None:
    rows = [row("eth0", "10.0.0.1"), row("wlan0", "10.0.0.2", index=8)]
    assert all(candidate.is_used for candidate in choose(rows))


@pytest.mark.parametrize("pin", ["eth7", "10.9.9.9", ""])
def test_an_unknown_pin_names_what_there_is(pin: str) -> None:
    with pytest.raises(InterfaceError) as caught:
        choose([LOOPBACK, row("eth0", "10.0.0.1"), row("eth1")], [pin])
    assert "lo (127.0.0.1), eth0 (10.0.0.1), eth1 (no address)" in str(caught.value)
    assert caught.value.name == pin


def test_nothing_usable_says_why_and_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [LOOPBACK, row("docker0", "172.17.0.1"), row("eth0")]
    monkeypatch.setattr("covey.discovery.interfaces.list_interfaces", lambda: rows)
    with pytest.raises(InterfaceError) as caught:
        usable_interfaces()
    text = str(caught.value)
    assert "docker0 belongs to containers" in text
    assert "eth0 has no IPv4 address" in text
    assert "--interface lo" in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("address", "prefix", "broadcast"),
    [
        ("10.77.0.1", 24, "10.77.0.255"),
        ("10.77.0.1", 8, "10.255.255.255"),
        ("192.168.1.130", 25, "192.168.1.255"),
        ("10.0.0.1", 30, "10.0.0.3"),
        ("10.0.0.1", 31, ""),
    ],
)
def test_computes_the_directed_broadcast_address(address: str, prefix: int, broadcast: str) -> None:
    assert row("eth0", address, prefix).broadcast == broadcast


def test_knows_link_local_addresses_of_ipv6() -> None:
    assert row("eth0", "fe80::1", 64, family=6).is_link_local
    assert not row("eth0", "fd00::1", 64, family=6).is_link_local
    assert row("eth0", "fe80::1", 64, family=6).broadcast == ""


def test_finds_the_loopback_of_this_host() -> None:
    found = [interface for interface in list_interfaces() if interface.address == "127.0.0.1"]
    assert [interface.name for interface in found] == ["lo"]
    assert found[0].has(Flag.LOOPBACK)
    assert found[0].hardware == Hardware.LOOPBACK
    assert found[0].prefix_length == 8
