from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.discovery.gossip.core import GossipCore
from covey.discovery.gossip.wire import Hello, Invalid, Message, Ping, Pong, Publish, decode, encode

ANN, BOB = b"ann", b"bob"


def sent(core: GossipCore) -> list[tuple[bytes | int, Message]]:
    return [(outgoing.to, decode(outgoing.frame)) for outgoing in core.frames_to_send()]


def news(core: GossipCore) -> list[tuple[str, str]]:
    found = []
    while (item := core.next_news()) is not None:
        found.append(item)
    return found


def hub(*clients: bytes) -> GossipCore:
    core = GossipCore()
    for client in clients:
        core.client_message(client, encode(Hello()), 0.0)
    core.frames_to_send()
    return core


def test_a_client_that_says_hello_hears_everything() -> None:
    core = GossipCore()
    core.publish("a", "1", 0.0)
    core.publish("b", "2", 0.0)
    core.client_message(ANN, encode(Hello()), 1.0)
    assert sent(core) == [(ANN, Publish("a", "1")), (ANN, Publish("b", "2"))]


def test_a_new_tuple_goes_to_all_others_once() -> None:
    core = hub(ANN, BOB)
    core.remote_connected(0, 0.0)
    sent(core)
    for _ in range(2):
        core.client_message(ANN, encode(Publish("k", "v")), 1.0)
    assert sent(core) == [(BOB, Publish("k", "v")), (0, Publish("k", "v"))]
    assert news(core) == [("k", "v")]


def test_another_value_replaces_the_first() -> None:
    core = hub(ANN)
    core.remote_message(0, encode(Publish("k", "v")), 1.0)
    core.remote_message(0, encode(Publish("k", "w")), 1.0)
    assert news(core) == [("k", "v"), ("k", "w")]
    assert core.tuples == 1


def test_own_tuples_are_not_taken_over_by_others() -> None:
    core = hub(ANN)
    core.publish("me", "tcp://1", 0.0)
    core.client_message(ANN, encode(Publish("me", "tcp://evil")), 1.0)
    assert news(core) == []
    assert sent(core) == [(ANN, Publish("me", "tcp://1"))]


def test_pings_are_answered_and_strangers_told_to_say_hello() -> None:
    core = hub(ANN)
    core.client_message(ANN, encode(Ping()), 1.0)
    core.client_message(BOB, encode(Ping()), 1.0)
    core.client_message(BOB, encode(Publish("k", "v")), 1.0)
    core.client_message(ANN, b"garbage", 1.0)
    assert sent(core) == [(ANN, Pong()), (BOB, Invalid()), (BOB, Invalid()), (ANN, Invalid())]
    assert core.clients == 0
    assert core.malformed == 1


def test_a_connected_hub_hears_hello_and_everything() -> None:
    core = GossipCore()
    core.publish("a", "1", 0.0)
    assert sent(core) == []
    core.remote_connected(0, 1.0)
    assert sent(core) == [(0, Hello()), (0, Publish("a", "1"))]
    core.remote_disconnected(0)
    core.publish("b", "2", 2.0)
    assert sent(core) == []
    core.remote_connected(0, 3.0)
    assert [message for _, message in sent(core)] == [Hello(), Publish("a", "1"), Publish("b", "2")]


def test_a_hub_that_forgot_us_hears_hello_again_and_pings_more_often() -> None:
    core = GossipCore()
    core.remote_connected(0, 0.0)
    sent(core)
    core.handle_timeout(1.0)
    assert sent(core) == [(0, Ping())]
    core.remote_message(0, encode(Invalid()), 1.1)
    assert sent(core) == [(0, Hello())]
    core.remote_message(0, encode(Invalid()), 1.15)
    assert sent(core) == []
    assert core.next_timeout() == pytest.approx(1.7)
    core.handle_timeout(1.71)
    for _ in range(10):
        core.remote_message(0, encode(Pong()), 1.7)
    core.handle_timeout(2.32)
    assert core.next_timeout() - 2.32 < 0.61


def test_a_patient_hub_is_pinged_ever_less() -> None:
    core = GossipCore()
    core.remote_connected(0, 0.0)
    now = 0.0
    for _ in range(12):
        now = core.next_timeout()
        core.handle_timeout(now)
        core.remote_message(0, encode(Pong()), now)
    assert core.next_timeout() - now == 10.0


def test_own_tuples_are_refreshed_and_others_run_out() -> None:
    core = hub(ANN)
    core.publish("me", "v", 0.0, ttl=60.0)
    core.client_message(ANN, encode(Publish("other", "v", 12_000)), 0.0)
    sent(core)
    for step in range(1, 7):
        core.handle_timeout(step * 5.0)
    assert core.tuples == 1
    assert (ANN, Publish("me", "v", 60_000)) in sent(core)


def test_what_is_left_of_a_tuple_shrinks_on_the_way() -> None:
    core = hub(ANN)
    core.remote_message(0, encode(Publish("k", "v", 60_000)), 0.0)
    core.client_message(BOB, encode(Hello()), 20.0)
    assert sent(core)[-1] == (BOB, Publish("k", "v", 40_000))


def test_refreshments_do_not_circle_in_a_ring_of_hubs() -> None:
    ring = [GossipCore() for _ in range(4)]
    for core in ring:
        core.client_message(b"before", encode(Hello()), 0.0)
        core.remote_connected(0, 0.0)
        core.frames_to_send()
    frames = 0
    ring[0].publish("k", "v", 0.0, ttl=60.0)
    ring[0].publish("k", "v", 20.0, ttl=60.0)
    for turn in range(40):
        now = 20.0 + turn / 100
        for number, core in enumerate(ring):
            for outgoing in core.frames_to_send():
                frames += 1
                if outgoing.to == 0:
                    ring[(number + 1) % 4].client_message(b"before", outgoing.frame, now)
                else:
                    ring[number - 1].remote_message(0, outgoing.frame, now)
    assert frames <= 24
    assert all(core.tuples == 1 for core in ring)


def test_memory_is_bounded_under_a_flood() -> None:
    core = GossipCore(tuples=50, clients=10)
    for number in range(500):
        client = b"c%d" % number
        core.client_message(client, encode(Hello()), 0.0)
        core.client_message(client, encode(Publish(f"k{number}", "v")), 0.0)
        core.frames_to_send()
        news(core)
    assert (core.tuples, core.clients) == (50, 10)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=30)), max_size=20))
@settings(max_examples=200)
def test_survives_garbage(frames: list[tuple[bool, bytes]]) -> None:
    core = hub(ANN)
    for is_client, data in frames:
        frame = b"\xaa\xa0\x02\x01" + data
        if is_client:
            core.client_message(ANN, frame, 1.0)
        else:
            core.remote_message(0, frame, 1.0)
