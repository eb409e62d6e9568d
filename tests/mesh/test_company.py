"""Nodes that know each other without a connection, and how they come to have one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from covey.discovery.beacon.constants import PORT
from covey.discovery.sighting import Sighting
from covey.mesh import Entered, Event, Exited, Joined, Left, Node, Shout, Whisper
from covey.mesh.event_stream import EventStream
from covey.security.secret import Secret

Factory = Callable[..., Any]


async def next_of(stream: EventStream, count: int) -> list[Event]:
    async with asyncio.timeout(5):
        return [await anext(stream) for _ in range(count)]


def shown(events: list[Event]) -> list[tuple[str, str]]:
    return [
        (type(event).__name__, getattr(event, "group", "") or getattr(event, "reason", ""))
        for event in events
    ]


def is_connected(node: Node) -> bool:
    return node._running.made_connections is not None


async def meet(*nodes: Node) -> None:
    await asyncio.gather(*(node.wait_for_peers(len(nodes) - 1, timeout=5) for node in nodes))


async def test_nodes_that_say_nothing_do_not_connect(enter: Factory) -> None:
    nodes = [await enter(name, headers={"of": name}) for name in "abc"]
    await meet(*nodes)
    a, b, _ = nodes
    await b.join("g")
    events = await next_of(a.events(), 3)
    assert shown(events) == [("Entered", ""), ("Entered", ""), ("Joined", "g")]
    [peer] = [one for one in a.peers() if one.name == "b"]
    assert (peer.via, peer.groups, peer.headers["of"]) == ("beacon", {"g"}, "b")
    assert peer.headers["X-COVEY-TOPICS"] == f"tcp://127.0.0.1:{b.topics_port}"
    assert peer.public_key == b.public_key
    assert a.statistics().peers == 2
    assert not any(is_connected(node) for node in nodes)


@pytest.mark.parametrize("secret", [Secret.generate()], ids=["secret"])
async def test_who_belongs_no_more_is_gone_without_a_connection_too(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await meet(a, b)
    events = a.events()
    a._running.company.expel(b.public_key, "revoked")
    assert shown(await next_of(events, 2)) == [("Entered", ""), ("Exited", "revoked")]
    assert not is_connected(a)


async def test_a_first_word_connects_and_comes_after_what_was_announced(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await meet(a, b)
    stream = b.events()
    await a.join("one")
    await a.join("two")
    for number in range(20):
        await a.whisper(b.uuid, b"%d" % number)
    await a.leave("one")
    await a.whisper(b.uuid, b"last")
    events = await next_of(stream, 25)
    kinds = [type(event) for event in events]
    assert kinds == [Entered, Joined, Joined, *[Whisper] * 20, Left, Whisper]
    words = [event.data for event in events if isinstance(event, Whisper)]
    assert words == [*(b"%d" % number for number in range(20)), b"last"]
    assert [peer.via for peer in b.peers()] == ["beacon"]


async def test_both_speak_first_at_once(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await meet(a, b)
    await a.join("g")
    await b.join("g")
    a_events, b_events = a.events(), b.events()
    await asyncio.gather(a.whisper(b.uuid, b"from a"), b.whisper(a.uuid, b"from b"))
    for stream, said in ((a_events, b"from b"), (b_events, b"from a")):
        events = await next_of(stream, 3)
        assert sorted(type(event).__name__ for event in events) == ["Entered", "Joined", "Whisper"]
        assert isinstance(events[-1], Whisper)
        assert events[-1].data == said


async def test_a_shout_connects_to_the_members_alone(enter: Factory) -> None:
    a, b, c = [await enter(name) for name in "abc"]
    await meet(a, b, c)
    stream = b.events()
    await b.join("g")
    await next_of(a_events := a.events(), 3)
    assert await a.shout("g", b"to you") == 1
    events = await next_of(stream, 3)
    assert isinstance(events[2], Shout)
    assert (is_connected(b), is_connected(c)) == (True, False)
    assert await a.shout("nobody's", b"to none") == 0
    await b.leave("g")
    assert shown(await next_of(a_events, 1)) == [("Left", "g")]


async def test_a_peer_that_leaves_is_gone_at_once_connected_or_not(
    enter: Factory, loopback: str, secret: Secret | None
) -> None:
    a = await enter("a")
    options: dict[str, Any] = {"mesh": "lab", "secret": secret, "interface": loopback}
    stream = a.events()
    for speaks in (False, True):
        async with Node("b", **options) as b:
            await meet(a, b)
            if speaks:
                await a.whisper(b.uuid, b"x")
        events = await next_of(stream, 2)
        assert isinstance(events[1], Exited)
        assert events[1].reason == "goodbye"
        assert a.peers() == ()


async def test_words_for_a_peer_that_is_gone_before_it_was_reached_are_counted(
    enter: Factory, loopback: str, secret: Secret | None
) -> None:
    a = await enter("a")
    options: dict[str, Any] = {"mesh": "lab", "secret": secret, "interface": loopback}
    stream = a.events()
    async with Node("b", **options) as b:
        await meet(a, b)
        await a.whisper(b.uuid, b"too")
        await a.whisper(b.uuid, b"late")
        a._running.connections.sighted(Sighting(b.uuid, "beacon", None))
        events = await next_of(stream, 2)
        assert isinstance(events[1], Exited)
        assert a.statistics().undelivered == 2


async def test_what_does_not_fit_into_an_announcement_is_learned_by_connecting(enter: Factory) -> None:
    a, b = await enter("a", headers={"long": "x" * 2000}), await enter("b")
    await meet(a, b)
    assert b.peers()[0].headers["long"] == "x" * 2000
    groups = {f"a group with a long name, number {number}" for number in range(100)}
    c, d = await enter("c"), await enter("d")
    await meet(a, b, c, d)
    for group in sorted(groups):
        await c.join(group)
    joined: set[str] = set()
    async with asyncio.timeout(5):
        async for event in d.events():
            if isinstance(event, Joined):
                joined.add(event.group)
            if joined == groups:
                break
    assert [peer.groups for peer in d.peers() if peer.name == "c"] == [groups]


async def test_recorded_and_forged_datagrams_disturb_nobody(
    enter: Factory, loopback: str, secret: Secret | None
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind(("", PORT))
        ear.setblocking(False)
        a, b = await enter("a"), await enter("b")
        await meet(a, b)
        options: dict[str, Any] = {"mesh": "lab", "secret": secret, "interface": loopback}
        async with Node("gone", **options) as gone:
            await meet(a, b, gone)
        recorded: list[bytes] = []
        loop = asyncio.get_running_loop()
        while True:
            try:
                recorded.append(ear.recv(2048))
            except BlockingIOError:
                break
        a_events = a.events()
        await next_of(a_events, 3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
            mouth.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            mouth.setblocking(False)
            announcements = [one for one in recorded if one.startswith(b"CVA")]
            assert announcements
            for datagram in announcements:
                for changed in (datagram, datagram[:-1] + bytes([datagram[-1] ^ 1]), datagram[:20]):
                    await loop.sock_sendto(mouth, changed, ("127.255.255.255", PORT))
        await a.whisper(b.uuid, b"still there")
        assert [peer.name for peer in a.peers()] == ["b"]
        assert b.peers()[0].name == "a"
