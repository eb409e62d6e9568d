"""PAIR: two and nobody else."""

from __future__ import annotations

import asyncio

from covey.messaging import Pair
from covey.messaging.events import Disconnected, HandshakeSucceeded
from tests.messaging.helpers import connected, soon


async def test_both_ends_send_and_receive() -> None:
    async with connected(Pair(), Pair()) as (one, two):
        await one.send(b"ping")
        assert await soon(two.recv()) == b"ping"
        await two.send_multipart([b"po", b"ng"])
        assert await soon(one.recv_multipart()) == [b"po", b"ng"]


async def _until_only(third: Pair, one: Pair) -> None:
    """Wait until `one` has kept the third: its events end with a handshake that nothing follows."""
    events = one.events()
    async for event in events:
        if isinstance(event, HandshakeSucceeded) and one.connected_count() == 1:
            await asyncio.sleep(0)
            if one.connected_count() == 1 and third.connected_count() == 1:
                return


async def test_a_third_is_refused_until_the_second_is_gone() -> None:
    async with connected(Pair(), Pair()) as (one, two):
        third = Pair(reconnect_ivl=5, linger=0)
        events = one.events()
        await third.connect(next(iter(one._bindings)))
        async with asyncio.timeout(5):
            async for event in events:
                if isinstance(event, Disconnected):
                    assert "has its peer" in event.reason
                    break
        await two.close()
        await soon(_until_only(third, one))
        await one.send(b"now")
        assert await soon(third.recv()) == b"now"
        await third.close()
