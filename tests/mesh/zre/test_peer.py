"""One peer's record."""

from __future__ import annotations

from uuid import UUID

import pytest

from covey.errors import ProtocolError
from covey.mesh.peers import Liveness
from covey.mesh.timings import Timings
from covey.mesh.zre.constants import MAX_ENDPOINTS, MAX_GROUPS
from covey.mesh.zre.peer import LinkState, PeerInput, PeerState, RemotePeer
from covey.mesh.zre.wire import Hello


def sighted(now: float = 0.0) -> RemotePeer:
    return RemotePeer(UUID(int=1), "tcp://10.0.0.1:1", now, Timings())


def greeted(now: float = 0.0) -> RemotePeer:
    peer = sighted(now)
    peer.accept_sequence(1)
    peer.introduce(Hello("tcp://10.0.0.1:1", ("g",), 3, "n", {"h": "v"}), now)
    peer.link_changed(LinkState.UP, now)
    return peer


def test_our_messages_count_from_one_and_wrap_at_65536() -> None:
    peer = sighted()
    assert [peer.next_sequence() for _ in range(3)] == [1, 2, 3]
    for _ in range(65532):
        peer.next_sequence()
    assert [peer.next_sequence(), peer.next_sequence()] == [0, 1]


def test_a_gap_in_the_numbers_is_refused() -> None:
    peer = greeted()
    peer.accept_sequence(2)
    with pytest.raises(ProtocolError, match="4 where 3 is due"):
        peer.accept_sequence(4)


def test_a_repeated_number_is_refused() -> None:
    peer = greeted()
    with pytest.raises(ProtocolError):
        peer.accept_sequence(1)


def test_numbers_wrap_as_the_specification_says() -> None:
    peer = sighted()
    for sequence in range(1, 65536):
        peer.accept_sequence(sequence)
    peer.accept_sequence(0)
    peer.accept_sequence(1)


def test_numbers_may_wrap_as_pyre_counts_and_ours_follow() -> None:
    peer = sighted()
    for sequence in range(1, 65535):
        peer.accept_sequence(sequence)
    peer.accept_sequence(0)
    peer.accept_sequence(1)
    for _ in range(65534):
        last = peer.next_sequence()
    assert (last, peer.next_sequence()) == (65534, 0)


def test_silence_asks_then_suspects_then_expires() -> None:
    peer = greeted(100.0)
    assert (peer.ping_at, peer.evasive_at, peer.expires_at) == (104.0, 105.0, 130.0)
    peer.pinged()
    assert peer.ping_at is None
    peer.apply(PeerInput.SILENCE)
    assert peer.state is PeerState.EVASIVE
    assert peer.evasive_at is None
    assert peer.value(0.0).liveness is Liveness.EVASIVE


def test_a_message_makes_an_evasive_peer_alive() -> None:
    peer = greeted(100.0)
    peer.pinged()
    peer.apply(PeerInput.SILENCE)
    peer.heard_message(106.0)
    assert peer.state is PeerState.ALIVE
    assert peer.ping_at == 110.0


def test_a_broken_link_leaves_little_time() -> None:
    peer = greeted(100.0)
    peer.link_changed(LinkState.LOST, 102.0)
    assert peer.expires_at == 107.0


def test_sightings_prolong_a_broken_link_but_not_for_ever() -> None:
    peer = greeted(100.0)
    peer.link_changed(LinkState.LOST, 102.0)
    peer.sighted(peer.endpoint, 106.0)
    assert peer.expires_at == 111.0
    for second in range(107, 150):
        peer.sighted(peer.endpoint, float(second))
    assert peer.expires_at == 132.0


def test_a_sighting_elsewhere_does_not_prolong_a_broken_link() -> None:
    peer = greeted(100.0)
    peer.link_changed(LinkState.LOST, 102.0)
    peer.sighted("tcp://10.0.0.9:1", 106.0)
    assert peer.expires_at == 107.0


def test_a_sighting_elsewhere_leaves_a_live_peer_where_it_is() -> None:
    peer = greeted()
    peer.sighted("tcp://10.0.0.9:1", 50.0)
    assert peer.endpoint == "tcp://10.0.0.1:1"
    assert not peer.wants_other_endpoint(1000.0)


def test_an_endpoint_that_is_not_reached_gives_way_to_the_next() -> None:
    peer = sighted(100.0)
    assert not peer.wants_other_endpoint(200.0)
    peer.sighted("tcp://10.0.0.9:1", 100.0)
    assert not peer.wants_other_endpoint(100.5)
    assert peer.wants_other_endpoint(101.0)
    peer.turn_endpoints(101.0)
    assert peer.endpoint == "tcp://10.0.0.9:1"
    assert not peer.wants_other_endpoint(101.5)


def test_endpoints_and_groups_are_bounded() -> None:
    peer = greeted()
    for number in range(1000):
        peer.add_endpoint(f"tcp://10.0.0.2:{number + 1}")
    assert len(peer.endpoints) == MAX_ENDPOINTS
    assert peer.endpoint == "tcp://10.0.0.1:1"
    joined = [peer.join(f"group {number}", 0) for number in range(MAX_GROUPS + 10)]
    assert len(peer.groups) == MAX_GROUPS
    assert not joined[-1]


def test_the_value_is_frozen_and_shows_what_hello_said() -> None:
    value = greeted(100.0).value(wall_offset=1_000_000.0)
    assert (value.name, value.groups, dict(value.headers)) == ("n", frozenset({"g"}), {"h": "v"})
    assert value.last_seen == 1_000_100.0
    with pytest.raises(TypeError):
        value.headers["h"] = "w"  # type: ignore[index]


def test_impossible_changes_of_state_are_errors_of_ours() -> None:
    peer = sighted()
    with pytest.raises(KeyError):
        peer.apply(PeerInput.SILENCE)


def test_timings_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="evasive"):
        Timings(evasive=10.0, expired=5.0)


def test_a_sighting_elsewhere_is_no_sign_that_the_connection_still_works() -> None:
    peer = greeted(100.0)
    peer.link_changed(LinkState.UP, 100.0)
    assert not peer.sighted("tcp://10.0.0.9:1", 103.0)
    assert peer.heard_at == 100.0
    assert peer.sighted(peer.endpoint, 104.0)
    assert peer.heard_at == 104.0
