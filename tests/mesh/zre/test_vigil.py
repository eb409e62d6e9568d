"""Verdicts on covey peers: they rest on evidence."""

from __future__ import annotations

from math import inf

from covey.discovery.liveness import Evidence
from covey.mesh.events import Entered, Evasive, Event, Exited
from covey.mesh.zre.actions import Examine, Send
from covey.mesh.zre.wire import Doubt, Vouch, decode
from covey.values import replace
from tests.mesh.simnet import Network, SimNode


def three() -> tuple[SimNode, SimNode, SimNode, Network]:
    a, b, c = SimNode(1, "a"), SimNode(2, "b"), SimNode(3, "c")
    net = Network(a, b, c)
    net.sight_all()
    net.settle()
    for node in (a, b, c):
        node.take()
    return a, b, c, net


def short(events: list[Event]) -> list[tuple[str, str]]:
    return [
        (type(event).__name__, event.peer.name)
        for event in events
        if isinstance(event, (Entered, Evasive, Exited))
    ]


def actions(node: SimNode) -> list[object]:
    found: list[object] = []
    while (action := node.core.next_action()) is not None:
        found.append(action)
    return found


def happened(node: SimNode) -> list[tuple[str, str]]:
    events: list[Event] = []
    while (event := node.core.next_event()) is not None:
        events.append(event)
    return short(events)


def silence(node: SimNode, net: Network, seconds: float) -> list[object]:
    """Let time pass for one node alone, which hears nobody."""
    done: list[object] = []
    end = net.now + seconds
    while net.now < end:
        net.now += 0.25
        due = node.core.next_timeout()
        if due is not None and due <= net.now:
            node.core.handle_timeout(net.now)
        done += actions(node)
    return done


def test_a_killed_peer_is_gone_as_soon_as_its_port_is_found_closed() -> None:
    a, b, _c, net = three()
    net.dead.add(b.uuid)
    a.core.link_lost(b.uuid, net.now)
    assert Examine(b.uuid, b.endpoint) in actions(a)
    assert happened(a) == [("Evasive", "b")]
    a.core.evidence(b.uuid, Evidence.REFUSED, net.now)
    assert happened(a) == [("Exited", "b")]


def test_a_stopped_peer_whose_machine_answers_is_waited_for() -> None:
    a, b, _c, net = three()
    silence(a, net, 6)
    assert ("Evasive", "b") in happened(a)
    a.core.evidence(b.uuid, Evidence.ACCEPTS, net.now)
    silence(a, net, 40)
    assert ("Exited", "b") not in happened(a)
    a.core.sighting(b.sighting(), net.now)
    assert a.core.peer(b.uuid) is not None
    silence(a, net, 4)
    assert happened(a) == []


def test_others_are_asked_before_the_verdict_and_their_word_counts() -> None:
    a, b, c, net = three()
    for _ in range(5):
        net.now += 1
        a.core.sighting(c.sighting(), net.now)
        b_of_c = b.sighting()
        c.core.sighting(b_of_c, net.now)
    actions(a)
    asked = silence(a, net, 1)
    doubts = [one for one in asked if isinstance(one, Send) and decode(one.frames)[0] == Doubt(b.uuid)]
    assert [one.uuid for one in doubts] == [c.uuid]
    assert happened(a) == [("Evasive", "b")]
    witness = c.core._roster.peers[a.uuid]
    c.core._vigil.asked(witness, b.uuid, net.now)
    answers = [one for one in actions(c) if isinstance(one, Send)]
    vouch, _ = decode(answers[-1].frames)
    assert vouch == Vouch(b.uuid, net.now - 1005)
    for answer in answers:
        a.core.receive([b"\x01" + c.uuid.bytes, *answer.frames], net.now)
    for _ in range(20):
        a.core.sighting(c.sighting(), net.now)
        a.core._roster.peers[c.uuid].heard_message(net.now)
        silence(a, net, 1)
    assert happened(a) == []
    assert a.core.peer(b.uuid) is not None


def test_nobody_vouches_for_whom_it_does_not_hear() -> None:
    a, b, c, net = three()
    silence(c, net, 6)
    c.core._vigil.asked(c.core._roster.peers[a.uuid], b.uuid, net.now)
    assert actions(c) == []


def test_a_silent_machine_of_which_nobody_heard_is_given_up() -> None:
    a, b, _c, net = three()
    silence(a, net, 6)
    for _ in range(3):
        a.core.evidence(b.uuid, Evidence.SILENT, net.now)
        silence(a, net, 2)
    assert [event for event in happened(a) if event[1] == "b"] == [("Evasive", "b"), ("Exited", "b")]


def test_a_node_that_stood_still_blames_nobody() -> None:
    a, b, c, net = three()
    net.now += 60
    a.core.handle_timeout(net.now)
    for node in (b, c):
        a.core.sighting(node.sighting(), net.now)
    silence(a, net, 4)
    assert happened(a) == []


def test_a_peer_that_is_heard_seldom_is_given_its_time_and_not_asked() -> None:
    a, b, c, net = three()
    for _ in range(40):
        silence(a, net, 8)
        for node in (b, c):
            a.core.sighting(node.sighting(), net.now)
    happened(a)
    actions(a)
    assert silence(a, net, 7) == []
    assert happened(a) == []


def knocks(done: list[object]) -> list[Examine]:
    return [one for one in done if isinstance(one, Examine)]


def announce(net: Network, seer: SimNode, seen: SimNode, times: int, interval: float) -> None:
    """Let a node hear another one that announces itself so often."""
    sighting = replace(seen.sighting(), interval=interval)
    for _ in range(times):
        net.now += interval
        seer.core.sighting(sighting, net.now)
    actions(seer)


def test_a_connected_peer_whose_machine_is_gone_is_found_out_in_little_more_than_three_intervals() -> None:
    a, b, _c, net = three()
    announce(net, a, b, 5, 1.0)
    last = net.now
    heard_at = inf
    while a.core.peer(b.uuid) is not None:
        net.now += 0.01
        if net.now >= min(a.core.next_timeout() or inf, heard_at):
            a.core.handle_timeout(net.now)
        if net.now >= heard_at:
            heard_at = inf
            a.core.evidence(b.uuid, Evidence.SILENT, net.now)
        for knock in knocks(actions(a)):
            if knock.uuid == b.uuid:
                heard_at = net.now + knock.patience
    assert 3.3 < net.now - last <= 3.7
    assert happened(a)[-1] == ("Exited", "b")


def test_a_peer_that_announces_itself_seldom_is_given_that_time() -> None:
    a, b, _c, net = three()
    announce(net, a, b, 3, 8.0)
    silence(a, net, 11)
    assert ("Evasive", "b") not in happened(a)
    silence(a, net, 4)
    assert ("Evasive", "b") in happened(a)


def test_messages_in_quick_succession_do_not_shorten_our_patience() -> None:
    a, b, _c, net = three()
    for _ in range(300):
        net.now += 0.2
        b.core.whisper(a.uuid, [b"again"])
        net.settle()
    assert (a.core._roster.peers[b.uuid].patience or 0) >= 5.0


def test_a_plain_peer_whose_port_is_closed_is_gone_at_once() -> None:
    a, b, _c, net = three()
    peer = a.core._roster.peers[b.uuid]
    peer.patience = None
    a.core._vigil._judge.forget(b.uuid)
    a.core.link_lost(b.uuid, net.now)
    assert [one.uuid for one in knocks(actions(a))] == [b.uuid]
    a.core.evidence(b.uuid, Evidence.ACCEPTS, net.now)
    assert happened(a) == [("Evasive", "b")]
    a.core.evidence(b.uuid, Evidence.REFUSED, net.now)
    assert happened(a) == [("Exited", "b")]
