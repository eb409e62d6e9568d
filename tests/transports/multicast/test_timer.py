from __future__ import annotations

import asyncio

from covey.transports.multicast.timer import Alarm


async def test_rings_at_the_earliest_deadline() -> None:
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()
    alarm = Alarm(loop, rung.set)
    alarm.set(loop.time() + 1000)
    alarm.set(loop.time() + 0.001)
    alarm.set(loop.time() + 500)
    async with asyncio.timeout(2):
        await rung.wait()


async def test_a_cancelled_alarm_is_silent() -> None:
    loop = asyncio.get_running_loop()
    calls: list[int] = []
    alarm = Alarm(loop, lambda: calls.append(1))
    alarm.set(loop.time())
    alarm.set(None)
    alarm.cancel()
    await asyncio.sleep(0.005)
    assert calls == []
