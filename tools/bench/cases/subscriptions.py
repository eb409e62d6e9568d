"""subscriptions: what matching costs with many subscriptions, as a multiple of its cost with few.

Messages that nobody wants are published, so that the publisher does nothing but match: topics look like the
subscribed ones and part from them at the last digit.
"""

from __future__ import annotations

import time
from typing import Any

from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk

__all__ = ["CASE"]

FEW = 10
TOPICS = 1000
"""Different topics published in turn."""
NANOSECONDS = 1e9


def prefixes(count: int) -> list[bytes]:
    """Return what is subscribed: even numbers."""
    return [b"sensor/%08d/" % (2 * number) for number in range(count)]


def unwanted(count: int, size: int) -> list[bytes]:
    """Return messages beside the subscribed prefixes: odd numbers, evenly spread over `count`."""
    numbers = (2 * (count * index // TOPICS) + 1 for index in range(TOPICS))
    return [b"sensor/%08d/" % number + bytes(size) for number in numbers]


async def publish(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind one XPUB for few subscriptions and one for many; measure both."""
    few, many = adapter.open_unlimited("xpub"), adapter.open_unlimited("xpub")
    endpoint = await adapter.bind(few, LOOPBACK)
    talk.met(few=endpoint, many=await adapter.bind(many, LOOPBACK))
    for sock, count in ((few, FEW), (many, spec.peers)):
        for _ in range(count):
            await sock.recv()
    await cost(few, FEW, spec)  # a warm-up
    few_cost = await cost(few, FEW, spec)
    _report(few_cost, await cost(many, spec.peers, spec), talk)


async def cost(sock: Any, count: int, spec: WorkerSpec) -> float:
    """Return how long one publication beside `count` subscriptions takes, seconds."""
    messages, sent, send, begun = unwanted(count, spec.size), 0, sock.send, time.perf_counter()
    while sent == 0 or time.perf_counter() - begun < spec.seconds / 2:
        for message in messages:
            await send(message)
        sent += TOPICS
    return (time.perf_counter() - begun) / sent


def publish_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind one XPUB for few subscriptions and one for many; measure both."""
    few, many = adapter.open_unlimited("xpub"), adapter.open_unlimited("xpub")
    endpoint = adapter.bind(few, LOOPBACK)
    talk.met(few=endpoint, many=adapter.bind(many, LOOPBACK))
    for sock, count in ((few, FEW), (many, spec.peers)):
        for _ in range(count):
            sock.recv()
    cost_blocking(few, FEW, spec)  # a warm-up
    few_cost = cost_blocking(few, FEW, spec)
    _report(few_cost, cost_blocking(many, spec.peers, spec), talk)


def cost_blocking(sock: Any, count: int, spec: WorkerSpec) -> float:
    """Return how long one publication beside `count` subscriptions takes, seconds."""
    messages, sent, send, begun = unwanted(count, spec.size), 0, sock.send, time.perf_counter()
    while sent == 0 or time.perf_counter() - begun < spec.seconds / 2:
        for message in messages:
            send(message)
        sent += TOPICS
    return (time.perf_counter() - begun) / sent


def _report(few: float, many: float, talk: Talk) -> None:
    talk.result(many / few, few_nanoseconds=few * NANOSECONDS, many_nanoseconds=many * NANOSECONDS)


async def subscribe(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect a SUB to each XPUB, one with few subscriptions, one with many."""
    socks = {"few": adapter.open_unlimited("sub"), "many": adapter.open_unlimited("sub")}
    for (name, sock), count in zip(socks.items(), (FEW, spec.peers), strict=True):
        for prefix in prefixes(count):
            adapter.subscribe(sock, prefix)
        await adapter.connect(sock, spec.meeting[name])
    await sock.recv()


def subscribe_blocking(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect a SUB to each XPUB, one with few subscriptions, one with many."""
    socks = {"few": adapter.open_unlimited("sub"), "many": adapter.open_unlimited("sub")}
    for (name, sock), count in zip(socks.items(), (FEW, spec.peers), strict=True):
        for prefix in prefixes(count):
            adapter.subscribe(sock, prefix)
        adapter.connect(sock, spec.meeting[name])
    sock.recv()


CASE = Case(
    title=f"Publishing what nobody wants: cost with many subscriptions as a multiple of {FEW}",
    unit="times",
    home=Part(publish, publish_blocking),
    away=Part(subscribe, subscribe_blocking),
    more_is_better=False,
    peers=100_000,
    peers_are="subscriptions",
)
