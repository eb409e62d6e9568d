"""A peer's mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from covey.mesh.mailbox import QUEUE_LIMIT, Mailbox
from covey.messaging import Router


class Link:
    """Notes what a mailbox says of its connection."""

    def __init__(self) -> None:
        self.up = asyncio.Event()
        self.lost = asyncio.Event()
        self.changes: list[str] = []

    def on_up(self) -> None:
        self.changes.append("up")
        self.up.set()

    def on_lost(self) -> None:
        self.changes.append("lost")
        self.lost.set()


@pytest.fixture
async def router() -> AsyncIterator[tuple[Router, str]]:
    async with Router(router_handover=True, linger=0) as socket:
        yield socket, await socket.bind("tcp://127.0.0.1:*")


def mailbox_to(endpoint: str, link: Link) -> Mailbox:
    return Mailbox(b"\x01me", None, endpoint, link.on_up, link.on_lost)


async def test_what_was_posted_before_the_connection_arrives_first(router: tuple[Router, str]) -> None:
    socket, endpoint = router
    mailbox = mailbox_to(endpoint, Link())
    for number in range(3):
        assert mailbox.post([str(number).encode(), b"x"])
    running = asyncio.create_task(mailbox.run())
    async with asyncio.timeout(5):
        got = [await socket.recv_multipart() for _ in range(3)]
    assert got == [[b"\x01me", str(number).encode(), b"x"] for number in range(3)]
    mailbox.post([b"last words"])
    mailbox.close()
    await running
    async with asyncio.timeout(5):
        assert await socket.recv_multipart() == [b"\x01me", b"last words"]


async def test_a_mailbox_that_never_connected_takes_its_messages_elsewhere(
    router: tuple[Router, str],
) -> None:
    socket, endpoint = router
    mailbox = mailbox_to("tcp://127.0.0.1:1", Link())
    mailbox.post([b"hello"])
    running = asyncio.create_task(mailbox.run())
    await asyncio.sleep(0.05)
    mailbox.turn_to(endpoint)
    async with asyncio.timeout(5):
        assert await socket.recv_multipart() == [b"\x01me", b"hello"]
    mailbox.close()
    await running


async def test_says_when_the_connection_breaks_and_comes_back() -> None:
    link = Link()
    async with Router(linger=0) as first:
        endpoint = await first.bind("tcp://127.0.0.1:*")
        mailbox = mailbox_to(endpoint, link)
        running = asyncio.create_task(mailbox.run())
        async with asyncio.timeout(5):
            await link.up.wait()
    async with asyncio.timeout(5):
        await link.lost.wait()
    link.up.clear()
    mailbox.post([b"are you there?"])
    async with Router(linger=0) as second, asyncio.timeout(5):
        await second.bind(endpoint)
        await link.up.wait()
        assert await second.recv_multipart() == [b"\x01me", b"are you there?"]
        assert link.changes == ["up", "lost", "up"]
        mailbox.close()
        await running


async def test_a_peer_that_reads_nothing_is_first_waited_for_and_then_given_up() -> None:
    mailbox = mailbox_to("tcp://127.0.0.1:1", Link())
    for _ in range(QUEUE_LIMIT):
        assert mailbox.post([b""])
    assert not mailbox.has_room
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await mailbox.wait_room()
    answers = [mailbox.post([b""]) for _ in range(QUEUE_LIMIT)]
    assert answers[0]
    assert not answers[-1]
    mailbox.close()
    await mailbox.wait_room()
    await mailbox.run()


async def test_cancelling_closes_at_once(router: tuple[Router, str]) -> None:
    link = Link()
    mailbox = mailbox_to(router[1], link)
    running = asyncio.create_task(mailbox.run())
    async with asyncio.timeout(5):
        await link.up.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
