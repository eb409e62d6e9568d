"""pub-sub: one PUB, one SUB, nothing lost because the subscriber grants credit.

PUB drops at its high-water mark, so a publisher that runs ahead would measure how fast messages are thrown
away. Here SUB tells through a second socket how many it took, no more than two bursts are under way, and
there is no mark. (With the default mark of 1000 libzmq drops even below 600 under way: its publisher hears of
what was read only every 500 messages.)

Subscriptions take a moment to arrive: the publisher repeats SYNC until the subscriber has heard it on
every socket and answers; then comes GO, and after it the messages that count.
"""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

from covey.tools.bench.meter import Meter
from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk

__all__ = ["CASE"]

SYNC, GO = b"sync", b"go"
SYNC_SECONDS = 0.02


async def publish(adapter: Any, spec: WorkerSpec, talk: Talk) -> NoReturn:
    """Bind a PUB and a PULL for the subscriber's credit; publish until killed."""
    pub, acks = adapter.open_unlimited("pub"), adapter.open("pull")
    endpoint = await adapter.bind(pub, LOOPBACK)
    talk.met(endpoint=endpoint, acks=await adapter.bind(acks, LOOPBACK))
    while True:
        await pub.send(SYNC)
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                await acks.recv()
            break
        except TimeoutError:
            continue
    await pub.send(GO)
    payload, credit, send = bytes(spec.size), 2 * Meter(spec).burst, pub.send
    while True:
        for _ in range(credit):
            await send(payload)
        credit = int(await acks.recv())


def publish_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> NoReturn:
    """Bind a PUB and a PULL for the subscriber's credit; publish until killed."""
    pub, acks = adapter.open_unlimited("pub"), adapter.open("pull")
    endpoint = adapter.bind(pub, LOOPBACK)
    talk.met(endpoint=endpoint, acks=adapter.bind(acks, LOOPBACK))
    while True:
        pub.send(SYNC)
        if acks.poll(SYNC_SECONDS * 1000):
            acks.recv()
            break
    pub.send(GO)
    payload, credit, send = bytes(spec.size), 2 * Meter(spec).burst, pub.send
    while True:
        for _ in range(credit):
            send(payload)
        credit = int(acks.recv())


async def subscribe(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Connect as many SUBs as asked, give credit, and measure deliveries."""
    acks, subs = adapter.open("push"), [adapter.open_unlimited("sub") for _ in range(spec.peers)]
    await adapter.connect(acks, spec.meeting["acks"])
    for sub in subs:
        adapter.subscribe(sub, b"")
        await adapter.connect(sub, spec.meeting["endpoint"])
    for sub in subs:
        await sub.recv()
    await acks.send(b"ready")
    for sub in subs:
        while await sub.recv() != GO:
            pass
    meter = Meter(spec)
    while burst := meter.next_burst():
        for sub in subs:
            receive = sub.recv
            for _ in range(burst):
                await receive()
        await acks.send(b"%d" % burst)
    talk.result(meter.rate * len(subs))


def subscribe_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Connect as many SUBs as asked, give credit, and measure deliveries."""
    acks, subs = adapter.open("push"), [adapter.open_unlimited("sub") for _ in range(spec.peers)]
    adapter.connect(acks, spec.meeting["acks"])
    for sub in subs:
        adapter.subscribe(sub, b"")
        adapter.connect(sub, spec.meeting["endpoint"])
    for sub in subs:
        sub.recv()
    acks.send(b"ready")
    for sub in subs:
        while sub.recv() != GO:
            pass
    meter = Meter(spec)
    while burst := meter.next_burst():
        for sub in subs:
            receive = sub.recv
            for _ in range(burst):
                receive()
        acks.send(b"%d" % burst)
    talk.result(meter.rate * len(subs))


CASE = Case(
    title="PUB to SUB, two processes over TCP",
    unit="msg/s",
    home=Part(publish, publish_blocking),
    away=Part(subscribe, subscribe_blocking),
    in_bytes=True,
)
