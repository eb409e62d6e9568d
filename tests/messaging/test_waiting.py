"""Waiting: first come first woken, and no wake-up is lost to a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from covey.errors import SocketClosed
from covey.messaging.waiting import WaitQueue


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_waiters_are_woken_in_order() -> None:
    queue = WaitQueue()
    woken: list[int] = []

    async def wait(number: int) -> None:
        await queue.wait()
        woken.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(wait(number))
        await settle()
        queue.wake(1)
        await settle()
        assert woken == [0]
        queue.wake_all()
    assert woken == [0, 1, 2]
    assert not queue


async def test_a_wake_up_of_a_cancelled_waiter_goes_to_the_next() -> None:
    queue = WaitQueue()
    first = asyncio.create_task(queue.wait())
    second = asyncio.create_task(queue.wait())
    await settle()
    queue.wake(1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await asyncio.wait_for(second, 1)


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    queue = WaitQueue()
    task = asyncio.create_task(queue.wait())
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not queue


async def test_failure_reaches_who_waits_and_who_comes_later() -> None:
    queue = WaitQueue()
    task = asyncio.create_task(queue.wait())
    await settle()
    queue.fail(SocketClosed("gone"))
    with pytest.raises(SocketClosed):
        await task
    with pytest.raises(SocketClosed):
        await queue.wait()
