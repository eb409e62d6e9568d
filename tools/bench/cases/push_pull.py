"""push-pull: one sender, one receiver, as fast as they go."""

from __future__ import annotations

from typing import Any

from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk
from .flow import drain, drain_blocking, flood, flood_blocking

__all__ = ["CASE"]


async def pull(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind, receive and measure."""
    sock = adapter.open("pull")
    talk.met(endpoint=await adapter.bind(sock, LOOPBACK))
    talk.result(await drain(sock, spec))


def pull_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind, receive and measure."""
    sock = adapter.open("pull")
    talk.met(endpoint=adapter.bind(sock, LOOPBACK))
    talk.result(drain_blocking(sock, spec))


async def push(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect as many sockets as asked and send."""
    socks = [adapter.open("push") for _ in range(spec.peers)]
    for sock in socks:
        await adapter.connect(sock, spec.meeting["endpoint"])
    await flood(socks, spec)


def push_blocking(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect as many sockets as asked and send."""
    socks = [adapter.open("push") for _ in range(spec.peers)]
    for sock in socks:
        adapter.connect(sock, spec.meeting["endpoint"])
    flood_blocking(socks, spec)


CASE = Case(
    title="PUSH to PULL, two processes over TCP",
    unit="msg/s",
    home=Part(pull, pull_blocking),
    away=Part(push, push_blocking),
    is_stream=True,
    in_bytes=True,
)
