"""covey's PUB and SUB over epgm, as any program would open them."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Sequence
from typing import Any

import covey

from .spec import GROUP, PORT, PeerSpec
from .stream import LARGEST_BATCH, SILENCE, Observer, Pacer, batches, say, stamped

__all__ = ["main"]

BURST = 1 << 20
"""Octets between two looks at the clock, at most."""


def main() -> None:
    """Play the part that the arguments name."""
    role = sys.argv[1]
    spec = PeerSpec.from_json(sys.stdin.readline())
    asyncio.run(receive(spec) if role == "receive" else send(spec))


def _endpoint(spec: PeerSpec) -> str:
    return f"epgm://{spec.address};{GROUP}:{PORT}"


async def receive(spec: PeerSpec) -> None:
    """Subscribe and observe."""
    async with covey.Sub(linger=0) as sub:
        sub.subscribe(b"")
        await sub.connect(_endpoint(spec))
        say(ready=True)
        observer = Observer(spec)
        take = _take_many if spec.implementation == "covey-batch" else _take_singly
        while not observer.is_done:
            try:
                async with asyncio.timeout(SILENCE):
                    observer.take(await take(sub, spec))
            except TimeoutError:
                observer.waited()
        say(result=observer.result())


async def _take_many(sub: Any, _spec: PeerSpec) -> Sequence[bytes]:
    messages: Sequence[bytes] = await sub.recv_many(LARGEST_BATCH)
    return messages


async def _take_singly(sub: Any, spec: PeerSpec) -> Sequence[bytes]:
    receive = sub.recv
    return [
        await receive() for _ in range(1 if spec.rate else max(1, min(LARGEST_BATCH, BURST // spec.size)))
    ]


async def send(spec: PeerSpec) -> None:
    """Publish until killed; tell what it cost when asked."""
    options = {"parity_group": spec.parity, "parity_packets": 0} if spec.parity else {}
    async with covey.Pub(linger=0, rate=-1, xpub_nodrop=True, **options) as pub:
        await pub.bind(_endpoint(spec))
        say(ready=True)
        loop = asyncio.get_running_loop()
        go = asyncio.Event()
        loop.add_reader(sys.stdin.fileno(), _on_word, pub, go)
        await go.wait()
        if not spec.rate:
            await _flood(pub, spec)
        pacer = Pacer(spec)
        while True:
            for _ in range(pacer.due()):
                await pub.send(stamped(pacer.sent, spec.size))
                pacer.sent += 1
            await asyncio.sleep(spec.tick)


def _on_word(pub: Any, go: asyncio.Event) -> None:
    """Begin at the first word, and tell the counters at each."""
    word = sys.stdin.readline()
    if not word:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        return
    go.set()
    counters = pub.statistics().connections[0].multicast
    used = resource.getrusage(resource.RUSAGE_SELF)
    say(
        cpu=used.ru_utime + used.ru_stime,
        at=time.monotonic(),
        octets=counters.octets,
        repair_octets=counters.repair_octets,
        naks=counters.naks,
    )


async def _flood(pub: Any, spec: PeerSpec) -> None:
    if spec.implementation == "covey-batch":
        for batch in batches(spec.size):
            await pub.send_many(batch)
    emit = pub.send
    for batch in batches(spec.size):
        for message in batch:
            await emit(message)
