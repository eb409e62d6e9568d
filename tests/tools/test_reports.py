from __future__ import annotations

import json
import re

import pytest

from covey.mesh import (
    Entered,
    Evasive,
    Event,
    Exited,
    Joined,
    Left,
    LinkDown,
    LinkUp,
    Missed,
    NodeDown,
    NodeUp,
    Offered,
    Shout,
    Whisper,
    Withdrew,
)
from covey.tools.cluster import ClusterStatus
from covey.tools.reports import (
    cluster_line,
    event_fields,
    event_line,
    message_fields,
    message_line,
    peer_fields,
    peer_line,
)
from covey.values import replace
from tests.tools.fakes import Published, peer

NOW = 1_700_000_000.123
WHO = {
    "uuid": "00000000-0000-0000-0000-000000000001",
    "name": "thermo-1",
    "endpoint": "tcp://10.0.0.1:49152",
    "via": "beacon",
}


@pytest.mark.parametrize(
    ("event", "rest", "words"),
    [
        (
            Entered(peer()),
            {"event": "entered", **WHO, "headers": {"X-ROOM": "kitchen"}},
            "entered  thermo-1 tcp://10.0.0.1:49152 via beacon",
        ),
        (Evasive(peer()), {"event": "evasive", **WHO}, "evasive  thermo-1"),
        (
            Exited(peer(), "goodbye"),
            {"event": "exited", **WHO, "reason": "goodbye"},
            "exited   thermo-1 (goodbye)",
        ),
        (Joined(peer(), "lab"), {"event": "joined", **WHO, "group": "lab"}, "joined   thermo-1 [lab]"),
        (Left(peer(), "lab"), {"event": "left", **WHO, "group": "lab"}, "left     thermo-1 [lab]"),
        (Whisper(peer(), (b"hi",)), {"event": "whisper", **WHO, "data": "hi"}, "whisper  thermo-1 hi"),
        (
            Shout(peer(), "lab", (b"\xff",)),
            {"event": "shout", **WHO, "group": "lab", "data_base64": "/w=="},
            r"shout    thermo-1 [lab] \xff",
        ),
        (
            NodeUp("1.2.3", "kitchen"),
            {"event": "node_up", "node": "1.2.3", "identity": "kitchen"},
            "node_up  kitchen (1.2.3)",
        ),
        (NodeDown("1.2.3", ""), {"event": "node_down", "node": "1.2.3", "identity": ""}, "node_down 1.2.3"),
        (
            LinkUp("1.2.3", "kitchen", "hall:eth0-kitchen:eth1"),
            {"event": "link_up", "node": "1.2.3", "identity": "kitchen", "link": "hall:eth0-kitchen:eth1"},
            "link_up  kitchen (1.2.3) by hall:eth0-kitchen:eth1",
        ),
        (
            LinkDown("1.2.3", "kitchen", ""),
            {"event": "link_down", "node": "1.2.3", "identity": "kitchen", "link": ""},
            "link_down kitchen (1.2.3)",
        ),
        (Offered(peer(), "echo"), {"event": "offered", **WHO, "service": "echo"}, "offered  thermo-1 echo"),
        (Withdrew(peer(), "echo"), {"event": "withdrew", **WHO, "service": "echo"}, "withdrew thermo-1 echo"),
        (Missed(3), {"event": "missed", "count": 3}, "missed   3 events, too many at once"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_event_is_told(event: Event, rest: dict[str, object], words: str) -> None:
    fields = event_fields(event, NOW)
    assert fields == {**rest, "time": NOW}
    assert next(iter(fields)) == "event"
    assert json.loads(json.dumps(fields)) == fields
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.123 " + re.escape(words), event_line(event, NOW))


def test_what_there_is_of_tipc_is_a_line_like_an_event() -> None:
    line = cluster_line(ClusterStatus({}, "TIPC node kitchen"), NOW)
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.123 tipc     TIPC node kitchen", line)


def test_names_from_the_network_cannot_steer_the_terminal() -> None:
    evil = peer("\x1b[2J\nroot")
    for line in (
        event_line(Entered(evil), NOW),
        event_line(Joined(evil, "\x07"), NOW),
        message_line(Published("\x1b]0;x", b"\x1b[2J", evil)),
    ):
        assert line.isprintable()
    assert all(cell.isprintable() for cell in peer_line(evil).split("\t"))


def test_a_peer_is_told_whole() -> None:
    one = replace(peer(groups=["b", "a"]), services=frozenset({"echo"}))
    assert peer_fields(one) == {
        **WHO,
        "headers": {"X-ROOM": "kitchen"},
        "groups": ["a", "b"],
        "services": ["echo"],
        "liveness": "alive",
        "last_seen": 1_700_000_000.25,
    }
    assert peer_line(one) == "\t".join(
        ["thermo-1", WHO["uuid"], "tcp://10.0.0.1:49152", "beacon", "a,b", "echo"]
    )


def test_a_message_is_told_with_its_sender() -> None:
    message = Published("temp/kitchen", b"21.5", peer())
    assert message_line(message) == "temp/kitchen 21.5"
    assert message_fields(message) == {
        "topic": "temp/kitchen",
        "data": "21.5",
        "sender": "thermo-1",
        "uuid": WHO["uuid"],
    }
