"""Nodes on the loopback of a network of their own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest

from covey.errors import InterfaceError, NoRoute, OptionError, StateError
from covey.mesh import Entered, Event, Exited, Joined, Left, Node, Shout, Subscription, TopicMessage, Whisper
from covey.mesh.event_stream import EventStream
from covey.mesh.trust import MemberTrust
from covey.mesh.zre.wire import WhisperMessage, encode
from covey.messaging import Dealer, Sub
from covey.messaging.events import HandshakeFailure
from covey.security.secret import Secret

Factory = Callable[..., Any]


async def until(stream: EventStream, kind: type[Event], **wanted: object) -> Any:
    async with asyncio.timeout(5):
        async for event in stream:
            if type(event) is kind and all(getattr(event, key) == value for key, value in wanted.items()):
                return event
    raise AssertionError("the events ended")


async def take(subscription: Subscription, count: int = 1) -> list[TopicMessage]:
    async with asyncio.timeout(5):
        return [await anext(subscription) for _ in range(count)]


async def test_two_nodes_meet_talk_and_part(enter: Factory) -> None:
    a = await enter("a", headers={"role": "sensor"})
    b = await enter("b")
    await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
    a_events, b_events = a.events(), b.events()
    seen = (await until(b_events, Entered)).peer
    assert (seen.uuid, seen.name, seen.headers["role"]) == (a.uuid, "a", "sensor")
    await a.join("g")
    await until(b_events, Joined, group="g")
    await b.join("g")
    await until(a_events, Joined, group="g")
    await a.whisper(b.peers()[0] if b.peers()[0].name == "b" else "b", b"hello")
    assert (await until(b_events, Whisper)).data == b"hello"
    assert await b.shout("g", [b"1", b"2"]) == 1
    shout = await until(a_events, Shout)
    assert (shout.frames, shout.group, shout.peer.name) == ((b"1", b"2"), "g", "b")
    await b.leave("g")
    await until(a_events, Left, group="g")
    await b.__aexit__(None, None, None)
    assert (await until(a_events, Exited)).reason == "goodbye"
    assert a.peers() == ()


async def test_a_published_message_reaches_the_subscribers_of_its_topic(enter: Factory) -> None:
    a, b, c = [await enter(name) for name in "abc"]
    await asyncio.gather(*(node.wait_for_peers(2, timeout=5) for node in (a, b, c)))
    async with b.subscribe("temp/") as warm, c.subscribe("wind/") as windy:
        await a.wait_subscribed("temp/kitchen", timeout=5)
        assert await a.publish("temp/kitchen", b"21.5") == 1
        (message,) = await take(warm)
        assert (message.topic, message.data, message.sender.name) == ("temp/kitchen", b"21.5", "a")
        await a.wait_subscribed("wind/", timeout=5)
        await a.publish("wind/north", b"5")
        assert (await take(windy))[0].topic == "wind/north"
        assert await b.publish("nobody/wants", b"this") == 0
    assert a.statistics().published == 2
    assert b.statistics().received == 1


async def test_the_first_message_of_a_new_node_is_not_lost(enter: Factory) -> None:
    a = await enter("a")
    async with a.subscribe("") as everything:
        b = await enter("b")
        assert await b.publish("first", b"words") == 1
        (message,) = await take(everything)
        assert (message.topic, message.sender.uuid) == ("first", b.uuid)


async def test_the_last_message_before_leaving_is_not_lost(enter: Factory) -> None:
    a = await enter("a")
    async with a.subscribe("") as everything:
        b = await enter("b")
        await b.wait_subscribed("t", timeout=5)
        for number in range(500):
            await b.publish(f"t/{number}", b"x" * 1000)
        await b.__aexit__(None, None, None)
        messages = await take(everything, 500)
        assert [message.topic for message in messages] == [f"t/{number}" for number in range(500)]


async def test_own_messages_are_heard_only_on_request(enter: Factory) -> None:
    a = await enter("a", settle=0.0)
    async with a.subscribe("t", own=True) as own, a.subscribe("t") as others:
        assert await a.publish("t", b"x") == 0
        (message,) = await take(own)
        assert (message.sender.uuid, message.data) == (a.uuid, b"x")
        await others.aclose()
        assert [one async for one in others] == []


async def test_a_node_that_is_left_ends_its_iterators(enter: Factory) -> None:
    a = await enter("a")
    events, subscription = a.events(), a.subscribe("")
    reading = [asyncio.create_task(anext(iterator, None)) for iterator in (events, subscription)]
    await asyncio.sleep(0)
    await a.__aexit__(None, None, None)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*reading) == [None, None]


async def test_a_later_reader_of_events_begins_with_who_is_there(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await b.join("g")
    first = a.events()
    await until(first, Joined, group="g")
    later = a.events()
    assert [type(await anext(later)) for _ in range(2)] == [Entered, Joined]
    async with later:
        pass
    assert [event async for event in later] == []


async def test_whispers_to_nobody_have_no_route(enter: Factory) -> None:
    a = await enter("a")
    for peer in (uuid4(), "nobody"):
        with pytest.raises(NoRoute):
            await a.whisper(peer, b"?")


async def test_a_name_that_two_peers_have_is_no_address(enter: Factory) -> None:
    a, _twin, other = await enter("a"), await enter("twin"), await enter("twin")
    await a.wait_for_peers(2, timeout=5)
    with pytest.raises(NoRoute):
        await a.whisper("twin", b"?")
    await a.whisper(other.uuid, b"x")
    await a.whisper(str(other.uuid), b"y")
    events = other.events()
    assert (await until(events, Whisper)).data == b"x"
    assert (await until(events, Whisper)).data == b"y"


async def test_ten_nodes_form_a_full_mesh(enter: Factory) -> None:
    nodes = await asyncio.gather(*(enter(f"n{number}") for number in range(10)))
    await asyncio.gather(*(node.wait_for_peers(9, timeout=10) for node in nodes))
    await asyncio.gather(*(node.join("g") for node in nodes))
    assert all(len(node.peers()) == 9 for node in nodes)


async def test_a_burst_of_whispers_arrives_in_order_and_whole(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await a.wait_for_peers(1, timeout=5)
    events = b.events()
    sending = asyncio.create_task(_whisper_numbers(a, 4000))
    got = [int((await until(events, Whisper)).data) for _ in range(4000)]
    await sending
    assert got == list(range(4000))


async def _whisper_numbers(node: Node, count: int) -> None:
    (peer,) = node.peers()
    for number in range(count):
        await node.whisper(peer, str(number).encode())


async def test_waiting_for_peers_that_do_not_come_times_out(enter: Factory) -> None:
    a = await enter("a")
    with pytest.raises(TimeoutError):
        await a.wait_for_peers(1, timeout=0.05)
    with pytest.raises(TimeoutError):
        await a.wait_subscribed("t", timeout=0.05)


async def test_bad_groups_are_refused(enter: Factory) -> None:
    a = await enter("a")
    for group in ("", "g" * 256):
        with pytest.raises(OptionError):
            await a.join(group)
    with pytest.raises(TypeError):
        await a.shout("g", "text")


async def test_meshes_do_not_see_each_other(loopback: str) -> None:
    secret = Secret.generate()
    options: list[dict[str, Any]] = [
        {"mesh": "lab"},
        {"mesh": "kitchen"},
        {"mesh": "lab", "secret": secret},
        {"mesh": "kitchen", "secret": secret},
        {"mesh": "lab", "secret": Secret.generate()},
    ]
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(Node(f"{index} {number}", interface=loopback, **one))
            for index, one in enumerate(options)
            for number in range(2)
        ]
        await asyncio.gather(*(node.wait_for_peers(1, timeout=5) for node in nodes))
        await asyncio.sleep(0.3)
        for node in nodes:
            assert [peer.name[0] for peer in node.peers()] == [node.name[0]]


async def test_a_plain_sub_reads_the_topics_of_an_open_mesh(loopback: str) -> None:
    async with Node("a", interface=loopback) as a, Sub() as plain:
        await plain.connect(f"tcp://127.0.0.1:{a.topics_port}")
        plain.subscribe(b"t")
        await a.wait_subscribed("t", timeout=5)
        await a.publish("t/1", b"x")
        async with asyncio.timeout(5):
            assert await plain.recv_multipart() == [b"t/1", b"x"]


async def test_a_plain_sub_is_refused_by_a_secret_mesh(loopback: str) -> None:
    async with Node("a", interface=loopback, secret=Secret.generate(), settle=0.0) as a, Sub() as plain:
        await plain.connect(f"tcp://127.0.0.1:{a.topics_port}")
        plain.subscribe(b"")
        with pytest.raises(TimeoutError):
            await a.wait_subscribed("t", timeout=0.3)
        assert await a.publish("t", b"secret") == 0
        assert a.statistics().refused > 0


async def test_a_member_cannot_speak_as_another(loopback: str) -> None:
    secret = Secret.generate()
    options: dict[str, Any] = {"mesh": "lab", "secret": secret, "interface": loopback}
    async with Node("a", **options) as a, Node("b", **options) as b:
        await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
        events = a.events()
        await until(events, Entered)
        (victim,) = b.peers()
        assert victim.public_key is not None
        thief = MemberTrust(secret, "lab")
        stolen = Dealer(
            routing_id=b"\x01" + b.uuid.bytes, security=thief.client_security(victim.public_key), linger=0
        )
        honest = Dealer(
            routing_id=b"\x01" + uuid4().bytes, security=thief.client_security(victim.public_key), linger=0
        )
        async with stolen, honest, stolen.events() as thefts:
            await stolen.connect(victim.endpoint)
            await stolen.send_multipart(encode(WhisperMessage((b"I am b",)), 2))
            await honest.connect(victim.endpoint)
            async with asyncio.timeout(5):
                await honest.wait_connected()
                while not isinstance(await anext(thefts), HandshakeFailure):
                    pass
            assert a.statistics().refused
            assert stolen.connected_count() == 0
        await b.whisper(a.uuid, b"b itself")
        assert (await until(events, Whisper)).data == b"b itself"


async def test_garbage_and_half_open_connections_disturb_nobody(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
    (target,) = b.peers()
    writers = []
    for greeting in (
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(64),
        b"\xff" + bytes(8) + b"\x7f\x03" + bytes(53),
        b"\xff" * 200,
    ):
        for port in (int(target.endpoint.rpartition(":")[2]), a.topics_port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(greeting)
            writers.append(writer)
    events = a.events()
    await b.whisper(a.uuid, b"still here")
    assert (await until(events, Whisper)).data == b"still here"
    for writer in writers:
        writer.close()
    assert a.statistics().malformed == 0
    assert [peer.name for peer in a.peers()] == ["b"]


async def test_an_open_mesh_says_so_once(loopback: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with Node("a", mesh="lab", interface=loopback):
        pass
    assert [record.levelname for record in caplog.records if "unprotected" in record.message] == ["WARNING"]


async def test_a_secret_mesh_has_nothing_to_warn_of(loopback: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with Node("a", mesh="lab", secret=Secret.generate(), interface=loopback):
        pass
    assert not caplog.records


async def test_an_unknown_interface_is_refused_and_leaves_nothing_open() -> None:
    node = Node("a", interface="nosuch0")
    with pytest.raises(InterfaceError):
        await node.__aenter__()
    with pytest.raises(StateError):
        node.peers()


async def test_a_node_is_entered_once(loopback: str) -> None:
    node = Node("a", interface=loopback)
    with pytest.raises(StateError):
        node.peers()
    async with node:
        with pytest.raises(StateError):
            await node.__aenter__()


def test_what_zre_cannot_carry_is_refused() -> None:
    with pytest.raises(OptionError, match="name"):
        Node("n" * 256)
    with pytest.raises(OptionError, match="headers"):
        Node("n", headers={"h" * 256: ""})
    with pytest.raises(OptionError, match="evasive"):
        Node("n", evasive=5, expired=1)


def test_a_node_without_a_name_takes_the_hosts() -> None:
    assert Node().name
    assert "open mesh 'covey'" in repr(Node())


async def test_cancelling_the_body_leaves_the_node_and_says_goodbye(loopback: str) -> None:
    async with Node("a", interface=loopback) as a:
        entered = asyncio.Event()

        async def other() -> None:
            async with Node("b", interface=loopback) as b:
                await b.wait_for_peers(1)
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(other())
        async with asyncio.timeout(5):
            await entered.wait()
        await a.wait_for_peers(1, timeout=5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await until(a.events(), Exited)).reason == "goodbye"


async def test_whoever_sets_the_wall_clock_changes_no_verdict(
    enter: Factory, loopback: str, secret: Secret | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = await enter("a", evasive=0.4, expired=4.0)
    b = await enter("b", evasive=0.4, expired=4.0)
    await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
    a_events, b_events = a.events(), b.events()
    true_time, true_ns = time.time, time.time_ns
    for jump in (86_400, -86_400, 31_536_000, 0):
        monkeypatch.setattr(time, "time", lambda jump=jump: true_time() + jump)
        monkeypatch.setattr(time, "time_ns", lambda jump=jump: true_ns() + jump * 10**9)
        async with Node("guest", mesh="lab", secret=secret, interface=loopback) as guest:
            await a.wait_for_peers(2, timeout=5)
            await guest.wait_for_peers(2, timeout=5)
        for events in (a_events, b_events):
            async with asyncio.timeout(5):
                async for event in events:
                    if isinstance(event, Exited):
                        assert (event.peer.name, event.reason) == ("guest", "goodbye")
                        break
    assert [peer.name for peer in a.peers()] == ["b"]
    assert [peer.name for peer in b.peers()] == ["a"]
