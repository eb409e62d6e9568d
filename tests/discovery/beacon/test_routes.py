from __future__ import annotations

from covey.discovery.beacon.routes import Mode, Route, plan_routes
from covey.discovery.interface_table import Flag, Hardware, Interface

LAN = Flag.UP | Flag.BROADCAST | Flag.MULTICAST
ETH0 = Interface("eth0", 2, LAN, Hardware.ETHERNET, 4, "10.0.0.1", 24)
ETH0_V6 = Interface("eth0", 2, LAN, Hardware.ETHERNET, 6, "fe80::1", 64)
LO = Interface("lo", 1, Flag.UP | Flag.LOOPBACK, Hardware.LOOPBACK, 4, "127.0.0.1", 8)


def test_each_interface_offers_what_it_can() -> None:
    assert plan_routes([ETH0, ETH0_V6, LO], list(Mode)) == (
        Route(Mode.BROADCAST, ETH0, "10.0.0.255"),
        Route(Mode.MULTICAST_V4, ETH0, "239.255.56.70"),
        Route(Mode.MULTICAST_V6, ETH0_V6, "ff02::1"),
        Route(Mode.BROADCAST, LO, "127.255.255.255"),
    )


def test_modes_can_be_switched_off() -> None:
    assert [route.mode for route in plan_routes([ETH0, ETH0_V6], [Mode.MULTICAST_V6])] == [Mode.MULTICAST_V6]
    assert plan_routes([LO], [Mode.MULTICAST_V4]) == ()
