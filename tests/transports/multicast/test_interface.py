from __future__ import annotations

import socket

import pytest

from covey.errors import EndpointError
from covey.transports.multicast.endpoint import resolve_endpoint
from tests.conftest import LanFactory


@pytest.mark.parametrize("name", ["lo", "127.0.0.1", "127.0.0.0/8"])
def test_an_interface_is_found_by_name_address_and_network(name: str) -> None:
    endpoint = resolve_endpoint(f"epgm://{name};239.192.1.1:5555")
    assert endpoint.interface.name == "lo"
    assert endpoint.interface.index == socket.if_nametoindex("lo")
    assert endpoint.interface.packed == bytes((127, 0, 0, 1))
    assert endpoint.send_group == bytes((239, 192, 1, 1))
    assert not endpoint.raw


def test_an_unknown_interface_is_named_in_the_error() -> None:
    with pytest.raises(EndpointError, match="nowhere0"):
        resolve_endpoint("epgm://nowhere0;239.192.1.1:5555")


def test_another_scheme_is_refused() -> None:
    with pytest.raises(EndpointError, match="epgm://"):
        resolve_endpoint("tcp://127.0.0.1:5555")


@pytest.mark.lan
def test_an_interface_without_an_address_of_the_family_is_refused(lan: LanFactory) -> None:
    (host,) = lan(hosts=1).hosts
    host.shell("ip -6 addr flush dev eth0")
    with host.inside(), pytest.raises(EndpointError, match="no IPv6 address"):
        resolve_endpoint("epgm://eth0;[ff08::1]:5555")


def test_a_route_without_an_address_asks_for_an_interface() -> None:
    with pytest.raises(EndpointError, match="name an interface"):
        resolve_endpoint("epgm://239.192.1.1:5555")


@pytest.mark.lan
async def test_the_route_decides_where_no_interface_is_named(lan: LanFactory) -> None:
    (host,) = lan(hosts=1).hosts
    with host.inside():
        assert resolve_endpoint("pgm://239.192.1.1:5555").interface.address == host.address
    host.shell("ip route flush dev eth0 table main")
    with host.inside(), pytest.raises(EndpointError, match="no route"):
        resolve_endpoint("pgm://239.192.1.1:5555")


@pytest.mark.lan
def test_a_link_local_address_keeps_its_scope(lan: LanFactory) -> None:
    (host,) = lan(hosts=1).hosts
    with host.inside():
        interface = resolve_endpoint("epgm://eth0;[ff08::1]:5555").interface
    assert interface.address == f"{host.link_local}%eth0"
    assert len(interface.packed) == 16
