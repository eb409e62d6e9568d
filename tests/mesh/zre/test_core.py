"""The node's state machine, alone and in a simulated network."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from covey.discovery.sighting import Sighting
from covey.mesh.events import Entered, Evasive, Event, Exited, Joined, Left, Shout, Whisper
from covey.mesh.peers import Liveness
from covey.mesh.zre.actions import Connect, Disconnect, Send
from covey.mesh.zre.constants import MAX_CANDIDATES
from covey.mesh.zre.own import ClusterEndpoints
from covey.mesh.zre.wire import (
    Goodbye,
    Hello,
    Join,
    Ping,
    PingOk,
    ShoutMessage,
    WhisperMessage,
    decode,
    encode,
)
from tests.mesh.simnet import Network, SimNode


def in_cluster(number: int) -> ClusterEndpoints:
    return ClusterEndpoints(f"tipc://{{7000, {number}}}@1.1.1", f"tipc://{{7001, {number}}}@1.1.1")


def told(events: list[Event]) -> list[tuple[str, ...]]:
    """Events as (kind, name, detail ...)."""
    short: list[tuple[str, ...]] = []
    for event in events:
        match event:
            case Joined(peer=peer, group=group) | Left(peer=peer, group=group):
                short.append((type(event).__name__, peer.name, group))
            case Exited(peer=peer, reason=reason):
                short.append(("Exited", peer.name, reason))
            case Entered(peer=peer) | Evasive(peer=peer) | Whisper(peer=peer) | Shout(peer=peer):
                short.append((type(event).__name__, peer.name))
    return short


def two() -> tuple[SimNode, SimNode, Network]:
    a, b = SimNode(1, "a"), SimNode(2, "b")
    return a, b, Network(a, b)


def met() -> tuple[SimNode, SimNode, Network]:
    a, b, net = two()
    net.sight_all()
    net.settle()
    net.pass_time(4.0)
    a.take()
    b.take()
    return a, b, net


def drain(node: SimNode) -> list[object]:
    actions: list[object] = []
    while (action := node.core.next_action()) is not None:
        actions.append(action)
    return actions


def test_a_sighting_connects_and_says_hello_first() -> None:
    a, b, net = two()
    a.core.join("g")
    net.sight(a, b)
    connect, send = drain(a)
    assert connect == Connect(b.uuid, b.endpoint, None)
    assert isinstance(send, Send)
    hello, sequence = decode(send.frames)
    assert sequence == 1
    assert hello == Hello(
        a.endpoint, ("g",), 1, "a", {"X-COVEY-MESH": "lab", "X-COVEY-TOPICS": f"tcp://{a.host}:7001"}
    )
    assert a.core.peers() == ()


@pytest.mark.parametrize("both", [True, False], ids=["both see", "one sees"])
def test_two_nodes_enter_however_many_see(both: bool) -> None:
    a, b, net = two()
    net.sight(a, b)
    if both:
        net.sight(b, a)
    net.settle()
    assert told(a.events) == [("Entered", "b")]
    assert told(b.events) == [("Entered", "a")]
    assert b.core.peers()[0].via == ("beacon" if both else "hello")


def test_groups_are_told_in_hello_and_after() -> None:
    a, b, net = two()
    a.core.join("early")
    net.sight(a, b)
    net.settle()
    a.core.join("late")
    a.core.leave("early")
    assert not a.core.join("late")
    assert not a.core.leave("never")
    net.settle()
    assert told(b.events) == [
        ("Entered", "a"),
        ("Joined", "a", "early"),
        ("Joined", "a", "late"),
        ("Left", "a", "early"),
    ]
    assert b.core.members("late") == [a.uuid]
    assert b.core.peers()[0].groups == {"late"}


def test_status_counts_joins_and_leaves_modulo_256() -> None:
    a, _b, _net = met()
    statuses = []
    for _ in range(130):
        a.core.join("g")
        a.core.leave("g")
    for action in drain(a):
        assert isinstance(action, Send)
        message, _ = decode(action.frames)
        statuses.append(getattr(message, "status", None))
    assert statuses == [number % 256 for number in range(1, 261)]


def test_whispers_reach_one_and_shouts_the_group() -> None:
    nodes = [SimNode(number, f"n{number}") for number in range(1, 5)]
    net = Network(*nodes)
    net.sight_all()
    for node in nodes[:3]:
        node.core.join("g")
    net.settle()
    for node in nodes:
        node.take()
    a = nodes[0]
    assert a.core.whisper(nodes[1].uuid, [b"x", b"y"])
    members = a.core.members("g")
    assert a.core.shout("g", [b"z"], to=members) == 2
    assert a.core.shout("g", [b"z"], to=members[:1]) == 1
    assert not a.core.whisper(UUID(int=99), [b""])
    net.settle()
    whisper, shout, _ = nodes[1].take()
    assert isinstance(whisper, Whisper)
    assert (whisper.frames, whisper.data, whisper.peer.name) == ((b"x", b"y"), b"xy", "n1")
    assert isinstance(shout, Shout)
    assert (shout.group, shout.data) == ("g", b"z")
    assert told(nodes[2].take()) == [("Shout", "n1")]
    assert nodes[3].take() == []


def test_a_shout_to_a_group_that_we_left_is_not_reported() -> None:
    a, b, net = met()
    b.core.join("g")
    net.settle()
    a.core.shout("g", [b"late"], to=[b.uuid])
    b.core.leave("g")
    net.settle()
    assert told(b.take()) == []


def test_commands_before_hello_are_ignored() -> None:
    a, b, net = two()
    a.core.receive([b"\x01" + b.uuid.bytes, *encode(WhisperMessage((b"x",)), 1)], net.now)
    assert drain(a) == []
    assert a.core.next_event() is None
    assert a.core.malformed == 0


def test_ping_is_answered() -> None:
    a, b, net = met()
    a.core.receive([b"\x01" + b.uuid.bytes, *encode(Ping(), 2)], net.now)
    (answer,) = drain(a)
    assert isinstance(answer, Send)
    assert decode(answer.frames) == (PingOk(), 2)


def test_a_gap_ends_a_peer_and_its_next_sighting_brings_it_back() -> None:
    a, b, net = met()
    net.lose = 1
    a.core.whisper(b.uuid, [b"lost"])
    a.core.whisper(b.uuid, [b"out of order"])
    net.settle()
    assert told(b.take()) == [("Exited", "a", "messages lost")]
    assert b.core.malformed == 1
    net.sight_all()
    net.settle()
    assert told(b.take()) == [("Entered", "a")]
    assert told(a.take()) == [("Exited", "b", "restarted"), ("Entered", "b")]
    a.core.whisper(b.uuid, [b"heard"])
    net.settle()
    assert told(b.take()) == [("Whisper", "a")]


def test_a_peer_whose_hello_was_lost_is_greeted_again() -> None:
    a, b, net = two()
    net.lose = 1
    net.sight(a, b)
    net.settle()
    net.sight(b, a)
    net.settle()
    assert a.names() == {"b"}
    assert b.names() == set()
    net.pass_time(6)
    a.core.whisper(b.uuid, [b"anybody?"])
    net.settle()
    assert b.names() == {"a"}
    assert a.names() == {"b"}


def test_ourselves_are_ignored() -> None:
    a, _b, net = two()
    net.sight(a, a)
    a.core.receive([b"\x01" + a.uuid.bytes, *encode(Hello(a.endpoint), 1)], net.now)
    assert drain(a) == []


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b""],
        [b"\x02" + bytes(16)],
        [b"\x01" + bytes(15)],
        [b"\x01" + UUID(int=2).bytes],
        [b"\x01" + UUID(int=2).bytes, b"garbage"],
        [b"\x01" + UUID(int=2).bytes, *encode(Hello("tcp://10.0.0.2:7000"), 2)],
        [b"\x01" + UUID(int=2).bytes, *encode(Hello("nonsense"), 1)],
        [b"\x01" + UUID(int=2).bytes, *encode(Hello("tcp://10.0.0.2:0"), 1)],
        [b"\x01" + UUID(int=2).bytes, *encode(Hello("tipc://{7000, 2}@1.1.2"), 1)],
        [b"\x01" + UUID(int=2).bytes, *encode(Hello("tcp://10.0.0.1:0;10.0.0.2:5"), 1)],
    ],
)
def test_malformed_messages_are_counted_and_do_nothing(frames: list[bytes]) -> None:
    a, _b, net = two()
    a.core.receive(frames, net.now)
    assert a.core.malformed == 1
    assert drain(a) == []


@pytest.mark.parametrize("endpoint", ["tcp://10.0.0.1:0", "tipc://{7000, 2}@1.1.2"])
def test_a_sighting_that_nobody_can_connect_to_is_counted(endpoint: str) -> None:
    a, b, net = two()
    a.core.sighting(b.sighting(endpoint=endpoint), net.now)
    assert (a.core.malformed, drain(a)) == (1, [])


def test_after_a_departure_late_beacons_are_ignored() -> None:
    a, b, net = met()
    a.core.sighting(b.sighting(endpoint=None), net.now)
    net.dead.add(b.uuid)
    net.settle()
    assert told(a.take()) == [("Exited", "b", "goodbye")]
    net.sight(a, b)
    assert drain(a) == []
    net.dead.clear()
    net.now += 3.0
    net.sight(a, b)
    assert len(drain(a)) == 2


def test_a_cluster_out_of_reach_ends_those_who_were_reached_through_it() -> None:
    a, b = (SimNode(number, "ab"[number - 1], cluster=in_cluster(number)) for number in (1, 2))
    net = Network(a, b)
    a.core.sighting(b.sighting(endpoint=in_cluster(2).mailbox, via="tipc"), net.now)
    net.settle()
    assert told(a.take()) == [("Entered", "b")]
    a.core.sighting(Sighting(b.uuid, "tipc", None, out_of_reach=True), net.now)
    net.settle()
    assert told(a.take()) == [("Exited", "b", "out of reach")]
    net.sight(a, b)
    net.settle()
    assert a.core.peers()[0].endpoint == b.endpoint
    a.core.sighting(Sighting(b.uuid, "tipc", None, out_of_reach=True), net.now)
    net.settle()
    assert a.names() == {"b"}


def test_a_withdrawn_service_ends_its_peer_at_once() -> None:
    a, b, net = met()
    a.core.sighting(Sighting(b.uuid, "tipc", None), net.now)
    net.settle()
    assert told(a.take()) == [("Exited", "b", "withdrawn")]


def test_goodbye_exits_at_once() -> None:
    a, b, net = met()
    b.core.say_goodbye()
    net.settle()
    assert told(a.take()) == [("Exited", "b", "goodbye")]
    assert a.take() == []


def test_goodbye_is_only_said_to_those_who_know_it() -> None:
    a, _b, net = two()
    for number, via in ((9, "beacon"), (10, "gossip")):
        a.core.sighting(Sighting(UUID(int=number), via, f"tcp://10.0.0.{number}:1"), net.now)
        hello = encode(Hello(f"tcp://10.0.0.{number}:1", name="zyre"), 1)
        a.core.receive([b"\x01" + UUID(int=number).bytes, *hello], net.now)
    drain(a)
    a.core.say_goodbye()
    assert [action.uuid for action in drain(a) if isinstance(action, Send)] == [UUID(int=10)]


def test_a_node_that_leaves_before_it_was_answered_is_no_ghost() -> None:
    a, b, net = two()
    net.sight(b, a)
    b.core.say_goodbye()
    net.settle()
    assert told(a.take()) == [("Entered", "b"), ("Exited", "b", "goodbye")]


def test_a_peer_that_takes_nothing_is_given_up() -> None:
    a, b, net = met()
    a.core.abandon(b.uuid)
    a.core.abandon(b.uuid)
    assert Disconnect(b.uuid) in drain(a)
    net.settle()
    assert told(a.take()) == [("Exited", "b", "not responding")]


def test_a_peer_that_spoke_but_cannot_be_reached_is_given_up_sooner() -> None:
    a, _b, net = two()
    a.core.receive(
        [b"\x01" + UUID(int=9).bytes, *encode(Hello("tcp://10.0.0.99:1", name="ghost"), 1)], net.now
    )
    net.pass_time(9.5, beacons=False)
    assert told(a.take()) == [("Entered", "ghost"), ("Evasive", "ghost")]
    net.pass_time(1, beacons=False)
    assert told(a.take()) == [("Exited", "ghost", "expired")]


def test_a_killed_peer_is_evasive_at_once_and_then_gone() -> None:
    a, b, net = met()
    net.kill(b)
    assert told(a.take()) == [("Evasive", "b")]
    assert a.core.peers()[0].liveness is Liveness.EVASIVE
    net.pass_time(4)
    assert a.take() == []
    net.pass_time(1)
    assert told(a.take()) == [("Exited", "b", "link lost")]


def test_a_plain_zre_peer_that_is_silent_is_asked_suspected_and_given_up() -> None:
    a, _b, net = two()
    zyre = UUID(int=9)
    a.core.receive([b"\x01" + zyre.bytes, *encode(Hello("tcp://10.0.0.99:1", name="zyre"), 1)], net.now)
    a.core.link_up(zyre, net.now)
    drain(a)
    assert isinstance(a.core.next_event(), Entered)
    a.core.handle_timeout(net.now + 4.0)
    (ping,) = drain(a)
    assert isinstance(ping, Send)
    assert decode(ping.frames)[0] == Ping()
    a.core.handle_timeout(net.now + 5.0)
    assert isinstance(a.core.next_event(), Evasive)
    a.core.handle_timeout(net.now + 29.9)
    assert a.core.next_event() is None
    a.core.handle_timeout(net.now + 30.0)
    exited = a.core.next_event()
    assert isinstance(exited, Exited)
    assert exited.reason == "expired"
    assert exited.peer.liveness is Liveness.GONE


def test_peers_without_beacons_keep_each_other_by_ping() -> None:
    a, b, net = met()
    net.pass_time(60, beacons=False)
    assert a.take() == b.take() == []
    assert a.names() == {"b"}


def test_timeouts_are_never_later_than_the_first_deadline() -> None:
    a, _b, net = met()
    due = a.core.next_timeout()
    assert due is not None
    assert net.now < due <= net.now + 4.5


def test_replayed_sightings_do_not_move_a_live_peer() -> None:
    a, b, net = met()
    a.core.sighting(b.sighting(endpoint="tcp://10.6.6.6:7000"), net.now)
    net.pass_time(10)
    assert a.core.peers()[0].endpoint == b.endpoint
    assert a.take() == []


def test_a_recorded_beacon_that_came_first_gives_way_to_the_true_one() -> None:
    a, b, net = two()
    a.core.sighting(b.sighting(endpoint="tcp://10.6.6.6:7000"), net.now)
    net.settle()
    net.sight(a, b)
    net.pass_time(1.5, beacons=False)
    assert a.names() == {"b"}
    assert a.core.peers()[0].endpoint == b.endpoint


def test_a_newcomer_at_a_dead_peers_endpoint_replaces_it() -> None:
    a, b, net = met()
    net.kill(b)
    a.take()
    heir = SimNode(3, "heir")
    heir.host = b.host
    net.nodes[heir.uuid] = heir
    net.sight(a, heir)
    net.settle()
    assert told(a.take()) == [("Exited", "b", "replaced"), ("Entered", "heir")]


def test_other_meshes_are_left_alone_and_plain_zre_is_not() -> None:
    a, other = SimNode(1, "a", mesh="lab"), SimNode(2, "other", mesh="kitchen")
    net = Network(a, other)
    net.sight_all()
    net.settle()
    net.pass_time(20)
    assert a.events == other.events == []
    assert a.mailboxes == {}
    a.core.receive([b"\x01" + UUID(int=9).bytes, *encode(Hello("tcp://10.0.0.9:1", name="zyre"), 1)], net.now)
    assert a.names() == {"zyre"}


def test_a_flood_of_sightings_is_bounded_and_spares_live_peers() -> None:
    a, _b, net = met()
    for number in range(100, 100 + 3 * MAX_CANDIDATES):
        source = f"10.9.9.{number % 9}"
        a.core.sighting(
            Sighting(UUID(int=number), "beacon", f"tcp://{source}:{number}", source=source), net.now
        )
    actions = drain(a)
    connected = sum(isinstance(action, Connect) for action in actions)
    dropped = sum(isinstance(action, Disconnect) for action in actions)
    assert connected - dropped == MAX_CANDIDATES
    assert a.names() == {"b"}


@pytest.mark.parametrize("seed", range(5))
def test_twenty_nodes_form_a_full_mesh_whatever_the_order(seed: int) -> None:
    rng = random.Random(seed)
    nodes = [SimNode(number, f"n{number}") for number in range(1, 21)]
    net = Network(*nodes)
    heard = []
    for i, one in enumerate(nodes):
        for other in nodes[:i]:
            pair = [(one, other), (other, one)]
            heard += rng.choices(pair, k=3) if rng.random() < 0.5 else [rng.choice(pair)]
    rng.shuffle(heard)
    for seer, seen in heard:
        net.sight(seer, seen)
        if rng.random() < 0.2:
            net.settle(rng=rng)
    net.settle(rng=rng)
    for node in nodes:
        assert len(node.core.peers()) == 19
        assert [kind for kind, *_ in told(node.events)].count("Exited") == 0


def test_a_peer_that_starts_over_exits_and_enters_again() -> None:
    a, b, net = met()
    again = SimNode(2, "b2")
    net.nodes[b.uuid] = again
    net.sight(again, a)
    net.settle()
    assert told(a.take()) == [("Exited", "b", "restarted"), ("Entered", "b2")]
    assert told(again.take()) == [("Entered", "a")]


def test_secret_nodes_meet_with_proven_keys() -> None:
    a, b = SimNode(1, "a", key=b"A" * 32), SimNode(2, "b", key=b"B" * 32)
    net = Network(a, b)
    net.sight(a, b)
    net.settle()
    assert a.core.peers()[0].public_key == b.key
    assert b.core.peers()[0].public_key == a.key


def test_secret_nodes_ignore_sightings_without_a_key() -> None:
    a, b, net = SimNode(1, "a", key=b"A" * 32), SimNode(2, "b"), Network()
    a.core.sighting(b.sighting(), net.now)
    assert drain(a) == []


def test_a_member_cannot_take_anothers_uuid() -> None:
    a, b = SimNode(1, "a", key=b"A" * 32), SimNode(2, "b", key=b"B" * 32)
    net = Network(a, b)
    net.sight_all()
    net.settle()
    a.take()
    thief = b"T" * 32
    assert not a.core.may_claim(b.uuid, thief)
    assert a.core.may_claim(b.uuid, b"B" * 32)
    a.core.sighting(Sighting(b.uuid, "beacon", "tcp://10.6.6.6:1", thief), net.now)
    net.pass_time(5)
    assert a.take() == []
    assert a.core.peers()[0].endpoint == b.endpoint


def test_a_secret_hello_must_name_the_key_that_was_proven() -> None:
    a, net = SimNode(1, "a", key=b"A" * 32), Network()
    assert a.core.may_claim(UUID(int=9), b"K" * 32)
    for headers in ({}, {"X-PUBLICKEY": "wrong"}):
        hello = Hello("tcp://10.0.0.9:1", headers=headers)
        a.core.receive([b"\x01" + UUID(int=9).bytes, *encode(hello, 1)], net.now)
    assert (a.core.malformed, drain(a)) == (2, [])


def test_messages_of_zyre_that_we_take_no_part_in_are_accepted() -> None:
    a, b, net = met()
    a.core.receive([b"\x01" + b.uuid.bytes, *encode(Join("g", 1), 2)], net.now)
    a.core.receive([b"\x01" + b.uuid.bytes, b"\xaa\xa1\x08\x02\x00\x03\x01g\x01x"], net.now)
    a.core.receive([b"\x01" + b.uuid.bytes, *encode(ShoutMessage("other", (b"",)), 4)], net.now)
    a.core.receive([b"\x01" + b.uuid.bytes, *encode(Goodbye(), 5)], net.now)
    net.settle()
    assert told(a.take()) == [("Joined", "b", "g"), ("Exited", "b", "goodbye")]


def test_a_forged_goodbye_does_not_remove_a_peer_that_answers() -> None:
    a, b, net = met()
    for _ in range(5):
        a.core.sighting(b.sighting(endpoint=None), net.now)
        net.settle()
        net.pass_time(2.0)
    assert [type(event) for event in a.take()] == []
    assert a.names() == {"b"}


def test_a_goodbye_that_nobody_answers_is_believed() -> None:
    a, b, net = met()
    a.core.sighting(b.sighting(endpoint=None), net.now)
    net.now += 1.0
    a.core.handle_timeout(net.now)
    net.settle()
    assert told(a.take()) == [("Exited", "b", "goodbye")]


def test_a_goodbye_whose_connection_breaks_is_believed_at_once() -> None:
    a, b, net = met()
    a.core.sighting(b.sighting(endpoint=None), net.now)
    a.core.link_lost(b.uuid, net.now)
    net.kill(b)
    assert told(a.take()) == [("Exited", "b", "goodbye")]


def dead(a: SimNode, b: SimNode, net: Network, seconds: float, *, beacons: bool = True) -> None:
    """Let time pass for one node, to which nothing comes over the connection."""
    end = net.now + seconds
    while net.now < end:
        net.now += 0.5
        if beacons:
            a.core.sighting(b.sighting(), net.now)
        if net.now >= (a.core.next_timeout() or net.now + 1):
            a.core.handle_timeout(net.now)
    while (event := a.core.next_event()) is not None:
        a.events.append(event)


def test_a_connection_that_died_unnoticed_is_found_out_though_its_peer_is_heard() -> None:
    a, b, net = met()
    dead(a, b, net, 40.0)
    assert told(a.take()) == []
    dead(a, b, net, 4.0)
    assert told(a.take()) == [("Exited", "b", "link lost")]


def test_a_connection_is_not_blamed_for_the_silence_of_its_peer() -> None:
    a, b, net = met()
    dead(a, b, net, 14.0)
    dead(a, b, net, 40.0, beacons=False)
    assert ("Exited", "b", "link lost") not in told(a.take())


def test_connections_are_tried_out_when_an_address_is_gone() -> None:
    a, b, net = met()
    a.core.relocated(net.now)
    net.settle()
    net.pass_time(4.0)
    assert told(a.take()) == []
    a.core.relocated(net.now)
    dead(a, b, net, 2.5)
    assert told(a.take()) == [("Exited", "b", "link lost")]


def test_a_peer_that_proved_to_be_elsewhere_is_let_go_unless_it_answers_here_too() -> None:
    a, b, net = met()
    a.core.moved(b.uuid, net.now)
    net.settle()
    net.pass_time(4.0)
    assert told(a.take()) == []
    a.core.moved(b.uuid, net.now)
    dead(a, b, net, 2.5, beacons=False)
    assert told(a.take())[-1] == ("Exited", "b", "moved")


def test_strangers_of_one_address_are_met_at_a_bounded_rate() -> None:
    a, _b, net = met()
    for second in range(3):
        for number in range(1000):
            uuid, port = UUID(int=1000 * second + number + 100), 1024 + number
            a.core.sighting(Sighting(uuid, "beacon", f"tcp://10.9.9.9:{port}", source="10.9.9.9"), net.now)
        net.now += 1.0
    assert sum(isinstance(action, Connect) for action in drain(a)) == 150 + 2 * 25


def test_a_second_hello_of_one_meeting_starts_no_argument() -> None:
    a, b, net = two()
    net.sight_all()
    net.settle()
    a.take()
    b.take()
    hello = encode(Hello(a.endpoint, name="a", headers={"X-COVEY-MESH": "lab"}), 1)
    for _ in range(5):
        b.core.receive([b"\x01" + a.uuid.bytes, *hello], net.now + 1.0)
    assert (told(b.take()), [type(action) for action in drain(b)]) == ([], [Send])
    b.core.receive([b"\x01" + a.uuid.bytes, *hello], net.now + 3.5)
    assert [type(action) for action in drain(b)] == [Disconnect, Connect, Send]


def test_nodes_that_greeted_each_other_twice_come_to_rest() -> None:
    a, b, net = two()
    net.sight_all()
    net.settle()
    for node in (a, b):
        node.core.abandon(UUID(int=3 - node.uuid.int))
    net.sight_all()
    net.settle()
    for node, other in ((a, b), (b, a)):
        hello = encode(Hello(other.endpoint, name=other.endpoint, headers={"X-COVEY-MESH": "lab"}), 1)
        node.core.receive([b"\x01" + other.uuid.bytes, *hello], net.now)
    net.settle()
    net.pass_time(30.0)
    a.take()
    b.take()
    net.pass_time(30.0)
    assert (told(a.take()), told(b.take())) == ([], [])
    b.core.whisper(a.uuid, [b"still here"])
    net.settle()
    assert [type(event) for event in a.take()] == [Whisper]
