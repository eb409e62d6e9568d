from __future__ import annotations

from math import inf
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.beacon import OpenBeacons, SealedBeacons
from covey.discovery.beacon.codec_protocol import BeaconCodec
from covey.discovery.sighting import Announcement, Sighting
from covey.discovery.tipc.core import (
    FIRST_RETRY,
    LONGEST_RETRY,
    MAX_DOWN,
    MAX_EARLY,
    MAX_KNOWN,
    REPEAT,
    TipcCore,
)
from covey.discovery.tipc.names import MeshNames
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret
from covey.transports.tipc.address import SocketAddress

NAMES = MeshNames(0x40000000)
KEY = b"k" * 32


class Member:
    """One node's core in a cluster that delivers at once."""

    def __init__(self, number: int, codec: BeaconCodec | None = None, uuid: UUID | None = None) -> None:
        self.uuid = uuid or UUID(int=number << 96 | number)
        self.address = SocketAddress(0x01001000 + number, 1000 + number)
        announcement = Announcement(self.uuid, 5000 + number, KEY if codec else None)
        self.core = TipcCore(announcement, codec or OpenBeacons(), NAMES)
        self.core.start(self.address)

    @property
    def instance(self) -> int:
        return NAMES.instance(self.uuid)

    def sightings(self) -> list[Sighting]:
        found = []
        while (sighting := self.core.next_sighting()) is not None:
            found.append(sighting)
        return found

    def sent(self) -> list[tuple[bytes, SocketAddress]]:
        found = []
        while (outgoing := self.core.next_datagram()) is not None:
            found.append(outgoing)
        return found


def sealed(secret: bytes = b"s" * 32) -> SealedBeacons:
    return SealedBeacons(BeaconSealer(Secret(secret), "lab"), 1)


def deliver(sender: Member, receiver: Member, now: float = 0.0) -> int:
    """Hand over what `sender` has for `receiver`; return how many datagrams that were."""
    mine = [data for data, target in sender.sent() if target == receiver.address]
    for data in mine:
        receiver.core.receive_datagram(data, sender.address, now)
    return len(mine)


def meet(one: Member, other: Member, now: float = 0.0) -> None:
    one.core.published(other.address, other.instance, now)
    other.core.published(one.address, one.instance, now)
    assert deliver(one, other, now) == 1
    assert deliver(other, one, now) == 1


@pytest.fixture
def pair() -> tuple[Member, Member]:
    one, other = Member(1), Member(2)
    meet(one, other)
    return one, other


def test_two_nodes_sight_each_other(pair: tuple[Member, Member]) -> None:
    one, other = pair
    (sighting,) = one.sightings()
    assert sighting.uuid == other.uuid
    assert sighting.endpoint == NAMES.mailbox(other.uuid, other.address.node)
    assert (sighting.via, sighting.source) == ("tipc", "1.1.2")
    assert [found.uuid for found in other.sightings()] == [one.uuid]


def test_a_withdrawn_service_is_a_departure(pair: tuple[Member, Member]) -> None:
    one, other = pair
    one.sightings()
    one.core.withdrawn(other.address)
    (sighting,) = one.sightings()
    assert (sighting.uuid, sighting.is_departure) == (other.uuid, True)
    one.core.withdrawn(other.address)
    assert one.sightings() == []


def test_our_own_service_is_nobodys() -> None:
    one = Member(1)
    one.core.published(one.address, one.instance, 0.0)
    assert one.sent() == []


def test_a_sealed_introduction_proves_the_key() -> None:
    one, other = Member(1, sealed()), Member(2, sealed())
    meet(one, other)
    (sighting,) = one.sightings()
    assert (sighting.public_key, sighting.claimed_key) == (KEY, None)


def test_an_introduction_of_another_secret_is_foreign() -> None:
    one, other = Member(1, sealed()), Member(2, sealed(b"x" * 32))
    meet(one, other)
    assert one.sightings() == []
    assert one.core.statistics().foreign == 1


def test_an_introduction_under_anothers_instance_is_foreign() -> None:
    one, other = Member(1), Member(2)
    one.core.published(other.address, other.instance + 1, 0.0)
    other.core.published(one.address, one.instance, 0.0)
    deliver(other, one)
    assert one.sightings() == []
    assert one.core.statistics().foreign == 1


def test_a_replay_at_another_socket_cannot_say_goodbye() -> None:
    one, other = Member(1, sealed()), Member(2, sealed())
    one.core.published(other.address, other.instance, 0.0)
    other.core.published(one.address, one.instance, 0.0)
    ((recorded, _),) = other.sent()
    thief = SocketAddress(0x01001009, 9)
    one.core.receive_datagram(recorded, other.address, 0.0)
    one.core.published(thief, other.instance, 0.0)
    one.core.receive_datagram(recorded, thief, 0.0)
    one.sightings()
    one.core.withdrawn(thief)
    assert one.sightings() == []
    one.core.withdrawn(other.address)
    assert [found.is_departure for found in one.sightings()] == [True]


def test_an_introduction_may_overtake_the_publication() -> None:
    one, other = Member(1), Member(2)
    other.core.published(one.address, one.instance, 0.0)
    deliver(other, one)
    assert one.sightings() == []
    one.core.published(other.address, other.instance, 0.1)
    assert [found.uuid for found in one.sightings()] == [other.uuid]


def test_a_lost_introduction_is_repeated_and_answered() -> None:
    one, other = Member(1), Member(2)
    one.core.published(other.address, other.instance, 0.0)
    other.core.published(one.address, one.instance, 0.0)
    deliver(one, other)
    other.sent()  # lost
    assert one.core.next_timeout() == FIRST_RETRY
    one.core.handle_timeout(FIRST_RETRY)
    assert deliver(one, other, FIRST_RETRY) == 1
    assert deliver(other, one, FIRST_RETRY) == 1
    assert [found.uuid for found in one.sightings()] == [other.uuid]
    assert deliver(one, other, FIRST_RETRY) == 0


def test_retries_become_rare() -> None:
    one = Member(1)
    one.core.published(SocketAddress(2, 2), 2, 0.0)
    times: list[float] = []
    while len(times) < 12:
        now = one.core.next_timeout()
        one.core.handle_timeout(now)
        times.append(now)
    assert times[:3] == [0.5, 1.5, 3.5]
    assert times[-1] - times[-2] == LONGEST_RETRY


def test_sightings_of_those_who_stay_are_repeated(pair: tuple[Member, Member]) -> None:
    one, other = pair
    assert len(one.sightings()) == 1
    assert one.core.next_timeout() <= REPEAT
    one.core.handle_timeout(REPEAT)
    assert [found.uuid for found in one.sightings()] == [other.uuid]
    one.core.withdrawn(other.address)
    one.sightings()
    one.core.handle_timeout(2 * REPEAT)
    assert one.sightings() == []


def test_who_is_withdrawn_with_its_whole_node_is_only_out_of_reach(pair: tuple[Member, Member]) -> None:
    one, other = pair
    one.sightings()
    one.core.node_down(other.address.node)
    one.core.withdrawn(other.address)
    (sighting,) = one.sightings()
    assert (sighting.is_departure, sighting.out_of_reach) == (True, True)
    one.core.node_up(other.address.node)
    meet(one, other, 9.0)
    one.sightings()
    one.core.withdrawn(other.address)
    (sighting,) = one.sightings()
    assert (sighting.is_departure, sighting.out_of_reach) == (True, False)


def test_nodes_out_of_reach_are_remembered_within_bounds(pair: tuple[Member, Member]) -> None:
    one, other = pair
    one.sightings()
    one.core.node_down(other.address.node)
    for node in range(MAX_DOWN):
        one.core.node_down(1 << 16 | node)
    one.core.withdrawn(other.address)
    assert [found.out_of_reach for found in one.sightings()] == [False]


def test_nothing_is_due_without_neighbours() -> None:
    assert Member(1).core.next_timeout() == inf


def test_silent_services_make_room_and_introduced_ones_stay() -> None:
    one, other = Member(1), Member(2)
    meet(one, other)
    for number in range(MAX_KNOWN + 10):
        one.core.published(SocketAddress(7, number), number, 0.0)
    one.sent()
    statistics = one.core.statistics()
    assert (statistics.refused, statistics.known) == (11, 1)
    one.sightings()
    one.core.withdrawn(other.address)
    assert [found.uuid for found in one.sightings()] == [other.uuid]


def test_early_introductions_are_bounded() -> None:
    one = Member(1)
    members = [Member(number) for number in range(2, MAX_EARLY + 4)]
    for member in members:
        member.core.published(one.address, one.instance, 0.0)
        deliver(member, one)
    for member in members:
        one.core.published(member.address, member.instance, 0.0)
    assert len(one.sightings()) == MAX_EARLY


def test_a_goodbye_beacon_is_no_introduction() -> None:
    one, other = Member(1), Member(2)
    one.core.published(other.address, other.instance, 0.0)
    farewell = OpenBeacons().encode(Announcement(other.uuid, 5), departing=True)
    one.core.receive_datagram(farewell, other.address, 0.0)
    assert one.sightings() == []


@given(st.lists(st.binary(max_size=120), max_size=6), st.booleans())
@settings(max_examples=200)
def test_no_datagram_does_harm(datagrams: list[bytes], is_sealed: bool) -> None:
    one, other = Member(1, sealed() if is_sealed else None), Member(2, uuid=uuid4())
    one.core.published(other.address, other.instance, 0.0)
    for data in datagrams:
        one.core.receive_datagram(data, other.address, 0.0)
        one.core.receive_datagram(data, SocketAddress(3, 3), 0.0)
    assert all(found.endpoint is not None for found in one.sightings())
