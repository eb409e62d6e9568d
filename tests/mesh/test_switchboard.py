"""The mailboxes of all peers."""

from __future__ import annotations

import asyncio
from uuid import UUID

from covey.mesh.mailbox import QUEUE_LIMIT
from covey.mesh.switchboard import Switchboard
from covey.mesh.zre.actions import Connect, Disconnect, Send
from covey.messaging import Router

PEER = UUID(int=1)


def board(tasks: asyncio.TaskGroup, changes: asyncio.Queue[bool], stuck: list[UUID]) -> Switchboard:
    return Switchboard(
        tasks, b"\x01me", lambda key: None, lambda uuid, up: changes.put_nowait(up), stuck.append
    )


async def test_connects_sends_redirects_and_disconnects() -> None:
    changes: asyncio.Queue[bool] = asyncio.Queue()
    async with Router(linger=0) as router, asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        endpoint = await router.bind("tcp://127.0.0.1:*")
        switchboard = board(tasks, changes, [])
        switchboard.do(Connect(PEER, "tcp://127.0.0.1:1", None))
        switchboard.do(Send(PEER, [b"x"]))
        switchboard.do(Connect(PEER, endpoint, None))
        assert await router.recv_multipart() == [b"\x01me", b"x"]
        assert await changes.get()
        assert switchboard.has_room(PEER)
        await switchboard.wait_room(PEER)
        switchboard.do(Disconnect(PEER))
        switchboard.do(Disconnect(PEER))
        switchboard.do(Send(PEER, [b"to nobody"]))
        assert not switchboard.has_room(PEER)
        await switchboard.wait_room(PEER)
        await switchboard.close()
    assert changes.empty()


async def test_reports_a_peer_that_takes_nothing() -> None:
    stuck: list[UUID] = []
    async with asyncio.TaskGroup() as tasks:
        switchboard = board(tasks, asyncio.Queue(), stuck)
        switchboard.do(Connect(PEER, "tcp://127.0.0.1:1", None))
        for _ in range(2 * QUEUE_LIMIT):
            switchboard.do(Send(PEER, [b"x"]))
        await switchboard.close()
    assert stuck == [PEER]


async def test_closing_gets_the_last_words_out() -> None:
    changes: asyncio.Queue[bool] = asyncio.Queue()
    async with Router(linger=0) as router, asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        endpoint = await router.bind("tcp://127.0.0.1:*")
        switchboard = board(tasks, changes, [])
        switchboard.do(Connect(PEER, endpoint, None))
        await changes.get()
        for number in range(100):
            switchboard.do(Send(PEER, [str(number).encode()]))
        await switchboard.close()
        assert [(await router.recv_multipart())[1] for _ in range(100)] == [b"%d" % n for n in range(100)]
