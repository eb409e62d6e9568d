from __future__ import annotations

from covey.discovery.interface_table import Flag, Hardware, Interface
from covey.discovery.ranking import rank_endpoints

LAN = Flag.UP | Flag.BROADCAST | Flag.MULTICAST
ETH0 = Interface("eth0", 2, LAN, Hardware.ETHERNET, 4, "10.0.0.1", 24)
LO = Interface("lo", 1, Flag.UP | Flag.LOOPBACK, Hardware.LOOPBACK, 4, "127.0.0.1", 8)


def test_nearer_endpoints_come_first() -> None:
    endpoints = [
        "tcp://127.0.0.1:1",
        "tcp://192.0.2.7:1",
        "tcp://[fe80::2%eth0]:1",
        "tcp://10.0.0.7:1",
        "tcp://10.0.0.1:1",
    ]
    assert rank_endpoints(endpoints, [ETH0]) == list(reversed(endpoints))


def test_the_loopback_is_near_where_it_is_in_use() -> None:
    assert rank_endpoints(["tcp://10.0.0.7:1", "tcp://127.0.0.1:1"], [LO]) == [
        "tcp://127.0.0.1:1",
        "tcp://10.0.0.7:1",
    ]


def test_equals_keep_their_order_and_nonsense_is_left_out() -> None:
    endpoints = ["tcp://host-b:1", "nonsense", "tcp://host-a:1", "tcp://[fe80::2%eth9]:1"]
    assert rank_endpoints(endpoints, [ETH0]) == ["tcp://host-b:1", "tcp://host-a:1", "tcp://[fe80::2%eth9]:1"]
