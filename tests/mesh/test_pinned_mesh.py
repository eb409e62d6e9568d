"""Nodes that trust the keys of a directory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from covey.errors import OptionError
from covey.mesh import Entered, Exited, Joined, Node, Offence, Refused, Shout
from covey.mesh.directory_watch import DirectoryWatch
from covey.messaging import Dealer, Sub
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.secret import Secret
from covey.security.trust.pinned import Pinned
from tests.mesh.key_helpers import Pins
from tests.mesh.test_node import take, until

Factory = Callable[..., Any]


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path)


@pytest.fixture
async def enter(loopback: str) -> AsyncIterator[Factory]:
    """Enter nodes of mesh lab on loopback."""
    async with AsyncExitStack() as stack:

        async def enter_one(name: str, trust: Pinned, **options: Any) -> Node:
            options = {"mesh": "lab", "interface": loopback, "discover": "beacon"} | options
            return await stack.enter_async_context(Node(name, trust=trust, **options))

        yield enter_one


async def test_pinned_members_meet_and_talk(pins: Pins, enter: Factory) -> None:
    a, b = await enter("a", pins.member("a")), await enter("b", pins.member("b"))
    await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
    async with a.subscribe("") as everything:
        await b.wait_subscribed("t", timeout=5)
        await b.publish("t", b"1")
        assert (await take(everything))[0].sender.name == "b"


async def test_pinned_members_know_each_other_without_a_connection(pins: Pins, enter: Factory) -> None:
    trusts = [pins.member(name) for name in "abc"]
    nodes = [await enter(name, trust) for name, trust in zip("abc", trusts, strict=True)]
    await asyncio.gather(*(node.wait_for_peers(2, timeout=5) for node in nodes))
    a, b, _ = nodes
    events = a.events()
    await b.join("g")
    assert (await until(events, Joined)).peer.name == "b"
    for node in nodes:
        assert node._engine.connections.core.peers() == ()
    assert await a.shout("g", b"hello") == 1
    assert (await until(b.events(), Shout)).data == b"hello"


async def test_a_file_lets_a_member_in_and_its_absence_out(pins: Pins, enter: Factory) -> None:
    a = await enter("a", pins.member("a"))
    events = a.events()
    b = await enter("b", pins.member("b", pin=False))
    assert (await until(events, Refused)).offence is Offence.HANDSHAKE
    assert a.peers() == ()
    pins.pin("b")
    await until(events, Entered)
    await b.wait_for_peers(1, timeout=5)
    async with b.subscribe("") as everything:
        await a.wait_subscribed("t", timeout=5)
        pins.unpin("b")
        gone = await until(events, Exited)
        assert (gone.reason, gone.peer.name) == ("unpinned", "b")
        assert await a.publish("t", b"secret") == 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(everything)


async def test_other_meshes_and_strangers_keys_are_left_alone(pins: Pins, enter: Factory) -> None:
    a = await enter("a", pins.member("a"))
    await enter("elsewhere", pins.member("elsewhere"), mesh="home")
    friend = await enter("friend", pins.member("friend"))
    await friend.wait_for_peers(1, timeout=5)
    assert [peer.name for peer in a.peers()] == ["friend"]


async def test_libzmqs_kind_of_client_is_let_in_by_its_key_alone(pins: Pins, enter: Factory) -> None:
    a = await enter("a", pins.member("a"))
    guest = CurveKeys.generate()
    guest.save(pins.keys / "guest")
    pins.pin("guest")
    endpoint = f"tcp://127.0.0.1:{a.topics_port}"
    async with Sub(security=CurveClient(guest, a.public_key)) as sub:
        sub.subscribe(b"t")
        await sub.connect(endpoint)
        await a.wait_subscribed("t", timeout=5)
        await a.publish("t", b"for guests")
        assert await sub.recv_multipart() == [b"t", b"for guests"]


async def test_nobody_speaks_as_the_holder_of_another_key(pins: Pins, enter: Factory) -> None:
    a, b = await enter("a", pins.member("a")), await enter("b", pins.member("b"))
    await a.wait_for_peers(1, timeout=5)
    events = a.events()
    evil = pins.member("evil").keys
    for uuid in (b.uuid, a.uuid):
        async with Dealer(
            security=CurveClient(evil, a.public_key), routing_id=b"\x01" + uuid.bytes, linger=0
        ) as dealer:
            await dealer.connect(a.endpoint)
            refused = await until(events, Refused)
            assert "belongs to another" in refused.reason or "unknown key" in refused.reason
    assert [peer.name for peer in a.peers()] == ["b"]


async def test_files_that_are_no_certificates_are_told_and_passed_over(
    pins: Pins, enter: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    (pins.pinned / "README").write_text("hello\n")
    a, b = await enter("a", pins.member("a")), await enter("b", pins.member("b"))
    await a.wait_for_peers(1, timeout=5)
    assert "README" in caplog.text
    assert len(b.peers()) <= 1


async def test_a_directory_that_vanishes_pins_nobody(pins: Pins, enter: Factory) -> None:
    a, b = await enter("a", pins.member("a")), await enter("b", pins.member("b"))
    await a.wait_for_peers(1, timeout=5)
    events = a.events()
    aside = pins.pinned.with_name("aside")
    pins.pinned.rename(aside)
    assert (await until(events, Exited)).peer.name == "b"
    aside.rename(pins.pinned)
    assert (await until(events, Entered)).peer.name == "b"
    assert b.mesh == "lab"


def test_a_wrong_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="directory of certificates"):
        Pinned(tmp_path / "missing", CurveKeys.generate())


def test_one_mode_of_trust_at_a_time(pins: Pins) -> None:
    with pytest.raises(OptionError, match="one of them"):
        Node("a", secret=Secret.generate(), trust=pins.member("a"))
    with pytest.raises(OptionError, match="not str"):
        Node("a", trust="pinned")  # type: ignore[arg-type]


async def test_watching_tells_of_every_kind_of_change(tmp_path: Path) -> None:
    changed = asyncio.Event()
    folder = tmp_path / "folder"
    folder.mkdir()

    async def soon() -> None:
        async with asyncio.timeout(2):
            await changed.wait()
        changed.clear()

    async with DirectoryWatch(str(folder), changed.set):
        (folder / "a").write_text("1")
        await soon()
        (folder / "a").write_text("2")
        await soon()
        (folder / "a").rename(folder / "b")
        await soon()
        (folder / "b").unlink()
        await soon()
        folder.rmdir()
        await soon()
        folder.mkdir()
        (folder / "c").write_text("3")
        await soon()
