"""Readers of events."""

from __future__ import annotations

import asyncio
import gc
from uuid import UUID

import pytest

from covey.mesh.event_stream import EVENTS_LIMIT, EventHub
from covey.mesh.events import Entered, Missed, Whisper
from covey.mesh.peers import Peer

PEER = Peer(UUID(int=1), "a", "tcp://10.0.0.1:1")


async def test_the_first_reader_gets_what_happened_before_it_came() -> None:
    hub = EventHub()
    hub.emit(Entered(PEER))
    first, second = hub.open([]), hub.open([Entered(PEER)])
    assert await anext(first) == await anext(second) == Entered(PEER)
    hub.emit(Whisper(PEER, (b"x",)))
    assert await anext(first) == await anext(second) == Whisper(PEER, (b"x",))


async def test_a_slow_reader_is_told_how_much_it_missed() -> None:
    hub = EventHub()
    stream = hub.open([])
    for number in range(EVENTS_LIMIT + 5):
        hub.emit(Whisper(PEER, (str(number).encode(),)))
    assert await anext(stream) == Missed(5)
    assert await anext(stream) == Whisper(PEER, (b"5",))
    assert (stream.missed, hub.missed) == (5, 5)


async def test_large_whispers_do_not_fill_the_memory() -> None:
    hub = EventHub()
    stream = hub.open([])
    large = (bytes(1 << 20),)
    for _ in range(100):
        hub.emit(Whisper(PEER, large))
    assert await anext(stream) == Missed(36)


async def test_a_forgotten_reader_is_not_kept_alive() -> None:
    hub = EventHub()
    hub.open([])
    stream = hub.open([])
    del stream
    gc.collect()
    hub.emit(Entered(PEER))
    assert len(hub._streams) == 0


async def test_the_end_reaches_readers_present_and_to_come() -> None:
    hub = EventHub()
    stream = hub.open([])
    reader = asyncio.create_task(anext(stream, None))
    await asyncio.sleep(0)
    hub.end()
    assert await reader is None
    assert [event async for event in hub.open([])] == []


async def test_whoever_waits_for_a_change_is_woken_by_any_event() -> None:
    hub = EventHub()
    waiters = [asyncio.create_task(hub.wait_change()) for _ in range(3)]
    await asyncio.sleep(0)
    waiters[0].cancel()
    hub.emit(Entered(PEER))
    results = await asyncio.gather(*waiters, return_exceptions=True)
    assert results[1:] == [None, None]


async def test_a_closed_reader_hears_no_more() -> None:
    hub = EventHub()
    async with hub.open([]) as stream:
        hub.emit(Entered(PEER))
    hub.emit(Entered(PEER))
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
