from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import ProtocolError, ResourceError
from covey.transports.tipc.address import SocketAddress
from covey.transports.tipc.topology import (
    MAX_SUBSCRIPTIONS,
    ByteOrder,
    Filter,
    LinkDown,
    LinkUp,
    NodeDown,
    NodeUp,
    ServicePublished,
    ServiceWithdrawn,
    Subscription,
    SubscriptionExpired,
    Topology,
)


def event(kind: int, lower: int, upper: int, port: int, node: int, subscription: bytes) -> bytes:
    return struct.pack("<5I", kind, lower, upper, port, node) + subscription


def subscribed(timeout_ms: int | None = None) -> tuple[Topology, bytes]:
    topology = Topology("little")
    topology.subscribe(5560, timeout_ms=timeout_ms)
    packet = topology.next_packet()
    assert packet is not None
    return topology, packet


@pytest.mark.parametrize(
    ("byteorder", "octets"),
    [
        ("little", "b8150000 01000000 02000000 ffffffff 01000000 0700000000000000"),
        ("big", "000015b8 00000001 00000002 ffffffff 00000001 0000000000000007"),
    ],
)
def test_subscription_has_the_kernels_layout(byteorder: ByteOrder, octets: str) -> None:
    assert Subscription(5560, 1, 2, handle=7).encode(byteorder) == bytes.fromhex(octets)


def test_subscription_carries_its_timeout_and_filter() -> None:
    packet = Subscription(5560, 1, 2, Filter.AVAILABILITY, 1500, 7).encode("little")
    assert struct.unpack_from("<2I", packet, 12) == (1500, 2)


def test_unsubscribing_repeats_the_subscription_with_the_cancel_bit() -> None:
    topology, packet = subscribed()
    topology.unsubscribe(1)
    assert topology.next_packet() == packet[:16] + struct.pack("<I", 5) + packet[20:]
    topology.unsubscribe(1)
    assert topology.next_packet() is None


def test_reports_services_published_and_withdrawn() -> None:
    topology, packet = subscribed()
    topology.receive_packet(event(1, 3, 4, 99, 0x01002003, packet))
    topology.receive_packet(event(2, 3, 4, 99, 0x01002003, packet))
    where = SocketAddress(0x01002003, 99)
    assert topology.next_event() == ServicePublished(5560, 3, 4, where, 1)
    assert topology.next_event() == ServiceWithdrawn(5560, 3, 4, where, 1)
    assert topology.next_event() is None


def test_reports_in_the_byte_order_it_asked_in() -> None:
    topology = Topology("big")
    topology.subscribe(5560)
    packet = topology.next_packet()
    assert packet is not None
    topology.receive_packet(struct.pack(">5I", 1, 3, 4, 99, 5) + packet)
    assert topology.next_event() == ServicePublished(5560, 3, 4, SocketAddress(5, 99), 1)


def test_reports_nodes_and_links() -> None:
    topology = Topology("little")
    topology.subscribe_nodes()
    topology.subscribe_links()
    nodes, links = topology.next_packet(), topology.next_packet()
    assert nodes is not None
    assert links is not None
    for kind in (1, 2):
        topology.receive_packet(event(kind, 77, 77, 0, 77, nodes))
        topology.receive_packet(event(kind, 77, 77, 0x0002_0001, 5, links))
    events = [topology.next_event() for _ in range(4)]
    assert events == [NodeUp(77), LinkUp(77, 1), NodeDown(77), LinkDown(77, 1)]


def test_an_expired_subscription_is_forgotten() -> None:
    topology, packet = subscribed(timeout_ms=10)
    topology.receive_packet(event(3, 0, 0, 0, 0, packet))
    assert topology.next_event() == SubscriptionExpired(1)
    topology.receive_packet(event(1, 3, 4, 99, 5, packet))
    assert topology.next_event() is None


def test_events_of_a_cancelled_subscription_are_dropped() -> None:
    topology, packet = subscribed()
    topology.unsubscribe(1)
    topology.receive_packet(event(1, 3, 4, 99, 5, packet))
    assert topology.next_event() is None


def test_subscriptions_are_bounded() -> None:
    topology = Topology()
    for _ in range(MAX_SUBSCRIPTIONS):
        topology.subscribe(5560)
    with pytest.raises(ResourceError):
        topology.subscribe(5560)


@pytest.mark.parametrize("packet", [b"", bytes(47), bytes(49), struct.pack("<5I", 4, 0, 0, 0, 0) + bytes(28)])
def test_refuses_what_is_no_event(packet: bytes) -> None:
    with pytest.raises(ProtocolError):
        Topology("little").receive_packet(packet)


@given(st.lists(st.binary(min_size=46, max_size=50), max_size=8))
@settings(max_examples=200)
def test_only_protocol_errors_escape(packets: list[bytes]) -> None:
    topology, _ = subscribed()
    for packet in packets:
        try:
            topology.receive_packet(packet)
        except ProtocolError:
            pass
