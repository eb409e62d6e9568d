"""PUSH and PULL: turns, back-pressure, and cancellation that loses nothing."""

from __future__ import annotations

import asyncio
import random

import pytest

from covey.errors import MultipartMessage, SocketClosed, WouldBlock
from covey.messaging import Pull, Push
from covey.messaging.events import Closed, Connected, Disconnected, Dropped, HandshakeSucceeded
from tests.messaging.helpers import connected, soon


async def test_messages_arrive_in_order() -> None:
    async with connected(Pull(), Push()) as (pull, push):
        for number in range(3000):
            await push.send(b"%d" % number)
            if number % 500 == 499:
                for expected in range(number - 499, number + 1):
                    assert await soon(pull.recv()) == b"%d" % expected


async def test_work_is_handed_out_in_turn() -> None:
    async with connected(Push(), Pull(), Pull(), Pull()) as (push, *pulls):
        for number in range(9):
            await push.send(b"%d" % number)
        shares = [[await soon(pull.recv()) for _ in range(3)] for pull in pulls]
        assert sorted(message for share in shares for message in share) == [
            b"%d" % number for number in range(9)
        ]


async def test_each_peer_gets_its_turn_at_being_received() -> None:
    async with connected(Pull(), Push(), Push()) as (pull, loud, quiet):
        for _ in range(500):
            await loud.send(b"loud")
        await quiet.send(b"quiet")
        got = [await soon(pull.recv()) for _ in range(501)]
        assert got.count(b"quiet") == 1


async def test_a_message_may_be_empty_or_of_many_frames() -> None:
    async with connected(Pull(), Push()) as (pull, push):
        await push.send(b"")
        await push.send_multipart([b"a", b"", b"c" * 1000])
        assert await soon(pull.recv()) == b""
        with pytest.raises(MultipartMessage):
            await soon(pull.recv())
        assert await soon(pull.recv_multipart()) == [b"a", b"", b"c" * 1000]


async def test_send_waits_at_the_mark_and_goes_on_when_there_is_room() -> None:
    async with connected(Pull(rcvhwm=10, rcvbuf=4096), Push(sndhwm=10, sndbuf=4096)) as (pull, push):
        sent = 0

        async def flood() -> None:
            nonlocal sent
            while sent < 2000:
                await push.send(bytes(1000))
                sent += 1

        task = asyncio.create_task(flood())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.shield(task)
        assert sent < 1000
        for _ in range(2000):
            await soon(pull.recv())
        await soon(task)


async def test_send_nowait_raises_at_the_mark() -> None:
    async with Push(sndhwm=3, linger=0) as push:
        await push.connect("tcp://127.0.0.1:9")
        for _ in range(3):
            push.send_nowait(b"x")
        with pytest.raises(WouldBlock):
            push.send_nowait(b"x")


async def test_send_nowait_without_a_peer_raises() -> None:
    async with Push() as push:
        with pytest.raises(WouldBlock):
            push.send_nowait(b"x")


async def test_recv_nowait_raises_when_nothing_is_there() -> None:
    async with Pull() as pull:
        with pytest.raises(WouldBlock):
            pull.recv_nowait()


async def test_a_text_is_refused_in_words() -> None:
    async with Push() as push:
        with pytest.raises(TypeError, match="bytes-like, not str"):
            await push.send("text")  # type: ignore[arg-type]


async def test_cancelling_recv_leaves_the_message_for_the_next() -> None:
    async with connected(Pull(), Push()) as (pull, push):
        chance = random.Random(7)
        got: list[bytes] = []

        async def receive() -> None:
            while len(got) < 500:
                task = asyncio.create_task(pull.recv())
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    got.append(await task)
                except asyncio.CancelledError:
                    pass

        receiver = asyncio.create_task(receive())
        for number in range(500):
            await push.send(b"%d" % number)
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        await soon(receiver)
        assert got == [b"%d" % number for number in range(500)]


async def test_a_cancelled_send_was_not_sent() -> None:
    async with connected(Pull(), Push(sndhwm=1)) as (pull, push):
        chance = random.Random(8)
        sent: list[bytes] = []
        for number in range(300):
            task = asyncio.create_task(push.send(b"%d" % number))
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                continue
            sent.append(b"%d" % number)
        await push.send(b"end")
        got = []
        while (message := await soon(pull.recv())) != b"end":
            got.append(message)
        assert got == sent


async def test_every_waiting_task_is_woken() -> None:
    async with connected(Pull(), Push()) as (pull, push):
        tasks = [asyncio.create_task(pull.recv()) for _ in range(5)]
        await asyncio.sleep(0)
        for number in range(5):
            await push.send(b"%d" % number)
            await asyncio.sleep(0.001 * (number % 2))
        assert sorted(await soon(asyncio.gather(*tasks))) == [b"0", b"1", b"2", b"3", b"4"]


async def test_batches_come_whole() -> None:
    async with connected(Pull(), Push()) as (pull, push):
        assert await push.send_many([b"a", [b"b", b"c"], b"d"]) == 3
        got: list[object] = []
        while len(got) < 3:
            got += await soon(pull.recv_many(2))
        assert got == [b"a", [b"b", b"c"], b"d"]


async def test_async_for_ends_when_the_socket_is_closed() -> None:
    pull = Pull()
    await pull.bind("tcp://127.0.0.1:*")

    async def read() -> list[bytes]:
        return [message async for message in pull]

    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    await pull.close()
    assert await soon(task) == []
    with pytest.raises(SocketClosed):
        await pull.recv()


async def test_closing_waits_for_what_was_sent() -> None:
    async with Pull() as pull:
        where = await pull.bind("tcp://127.0.0.1:*")
        async with Push() as push:
            await push.connect(where)
            for number in range(5000):
                await push.send(b"%d" % number)
                if number == 900:
                    reader = asyncio.create_task(_drain(pull, 5000))
        assert await soon(reader) == 5000


async def _drain(pull: Pull, count: int) -> int:
    for number in range(count):
        assert await pull.recv() == b"%d" % number
    return count


async def test_linger_gives_up_and_says_how_many() -> None:
    push = Push(linger=50)
    await push.connect("tcp://127.0.0.1:9")
    events = push.events()
    for _ in range(7):
        await push.send(b"x")
    assert await soon(push.close()) == 7
    seen = [event async for event in events]
    assert seen[-1] == Closed("", 7)
    assert any(isinstance(event, Dropped) and event.count == 7 for event in seen)
    assert push.statistics().dropped == 7


async def test_cancelling_close_closes_at_once() -> None:
    push = Push()
    await push.connect("tcp://127.0.0.1:9")
    await push.send(b"x")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await push.close()
    assert push.closed
    assert await push.close() == 0


async def test_what_was_not_sent_survives_a_reconnect() -> None:
    pull = Pull()
    where = await pull.bind("tcp://127.0.0.1:*")
    async with Push(reconnect_ivl=5, linger=0) as push:
        await push.connect(where)
        await push.send(b"one")
        assert await soon(pull.recv()) == b"one"
        events = push.events()
        await pull.close()
        async for event in events:
            if isinstance(event, Disconnected):
                break
        await push.send(b"two")
        async with Pull() as again:
            await again.bind(where)
            assert await soon(again.recv()) == b"two"


async def test_events_tell_the_life_of_a_connection() -> None:
    async with Pull() as pull:
        where = await pull.bind("tcp://127.0.0.1:*")
        push = Push()
        events = push.events()
        await push.connect(where)
        await soon(push.wait_connected())
        await push.close()
        kinds = [type(event) async for event in events]
        assert kinds == [Connected, HandshakeSucceeded, Closed]


async def test_statistics_count_messages_and_bytes() -> None:
    async with connected(Pull(), Push()) as (pull, push):
        for _ in range(10):
            await push.send(b"12345")
        for _ in range(10):
            await soon(pull.recv())
        sent, got = push.statistics(), pull.statistics()
        assert (sent.messages_sent, got.messages_received) == (10, 10)
        assert sent.connections[0].bytes_sent == got.connections[0].bytes_received > 70
