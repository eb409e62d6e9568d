"""One end of a sealed multicast group over EPGM: `sealed_group.py radio|dish ENDPOINT`, driven by hex lines.

The radio prints what makes the dish a reader and then sends numbered messages; the dish takes it, and prints what it
got, and how many packets it had repaired and lost.
"""

from __future__ import annotations

import asyncio
import json
import sys

import covey

__all__: list[str] = []

COUNT = 400


def body(number: int) -> bytes:
    return b"%06d" % number * (1 + number * 7 % 300)


async def radio(endpoint: str) -> None:
    group = covey.SealedGroup("lab")
    told = [message.hex() for _, message in group.welcome("dish")]
    async with covey.Radio(security=group, rate=-1, xpub_nodrop=True, linger=20_000) as one:
        await one.connect(endpoint)
        print(json.dumps({"told": told}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for number in range(COUNT):
            await one.send(body(number), group="weather")
            await asyncio.sleep(0)
        await asyncio.to_thread(sys.stdin.readline)


async def dish(endpoint: str) -> None:
    group = covey.SealedGroup("lab")
    async with covey.Dish(security=group) as one:
        one.join("weather")
        for message in json.loads(await asyncio.to_thread(sys.stdin.readline)):
            group.take("radio", bytes.fromhex(message))
        await one.connect(endpoint)
        print(json.dumps({"listening": True}), flush=True)
        got = [await one.recv() for _ in range(COUNT)]
        sealed = one.statistics().connections[0].multicast
        print(
            json.dumps(
                {
                    "in_order": got == [body(number) for number in range(COUNT)],
                    "lost": one.statistics().lost,
                    "repairs": sum(source.repairs for source in sealed.link.sources),
                    "forged": sealed.forged,
                    "unknown": sealed.unknown,
                    "replayed": sealed.replayed,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    asyncio.run({"radio": radio, "dish": dish}[sys.argv[1]](sys.argv[2]))
