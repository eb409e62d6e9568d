"""Queues in front of slow readers."""

from __future__ import annotations

import asyncio

import pytest

from covey.mesh.event_stream import DropQueue


def contents(queue: DropQueue[int]) -> list[int]:
    return [queue.get_nowait() for _ in range(len(queue))]


def test_keeps_the_newest_and_counts_the_rest() -> None:
    queue: DropQueue[int] = DropQueue(3, 1000)
    for number in range(10):
        queue.put(number, 1)
    assert queue.dropped == 7
    assert contents(queue) == [7, 8, 9]


def test_octets_are_bounded_too() -> None:
    queue: DropQueue[int] = DropQueue(100, 10)
    for number in range(6):
        queue.put(number, 4)
    assert contents(queue) == [4, 5]
    queue.put(6, 1_000_000)
    assert contents(queue) == [6]
    queue.put(7, 4)
    assert contents(queue) == [7]


async def test_a_waiting_reader_is_woken_and_loses_nothing_when_cancelled() -> None:
    queue: DropQueue[int] = DropQueue(3, 1000)
    for _ in range(2):
        reader = asyncio.create_task(queue.wait())
        await asyncio.sleep(0)
        queue.put(1, 1)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await queue.wait()
        assert contents(queue) == [1]


async def test_ends_after_what_is_queued() -> None:
    queue: DropQueue[int] = DropQueue(3, 1000)
    queue.put(1, 1)
    queue.end()
    await queue.wait()
    queue.clear()
    with pytest.raises(StopAsyncIteration):
        await queue.wait()


async def test_ending_wakes_the_reader() -> None:
    queue: DropQueue[int] = DropQueue(3, 1000)
    reader = asyncio.create_task(queue.wait())
    await asyncio.sleep(0)
    queue.end()
    result = await asyncio.gather(reader, return_exceptions=True)
    assert isinstance(result[0], StopAsyncIteration)
