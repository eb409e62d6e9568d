"""dealer-router: many questions under way at once."""

from __future__ import annotations

from typing import Any, NoReturn

from covey.tools.bench.meter import Meter
from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk

__all__ = ["CASE"]

UNDER_WAY = 100
"""Questions without an answer yet."""


async def router(adapter: Any, _spec: WorkerSpec, talk: Talk) -> NoReturn:
    """Bind a ROUTER and send each message back."""
    sock = adapter.open("router")
    talk.met(endpoint=await adapter.bind(sock, LOOPBACK))
    while True:
        await sock.send_multipart(await sock.recv_multipart())


def router_blocking(adapter: Any, _spec: WorkerSpec, talk: Talk) -> NoReturn:
    """Bind a ROUTER and send each message back."""
    sock = adapter.open("router")
    talk.met(endpoint=adapter.bind(sock, LOOPBACK))
    while True:
        sock.send_multipart(sock.recv_multipart())


async def dealer(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Connect a DEALER, keep questions under way and count answers."""
    sock = adapter.open("dealer")
    await adapter.connect(sock, spec.meeting["endpoint"])
    payload = bytes(spec.size)
    for _ in range(UNDER_WAY):
        await sock.send(payload)
    await sock.recv()
    meter = Meter(spec)
    while burst := meter.next_burst():
        for _ in range(burst):
            await sock.send(payload)
            await sock.recv()
    talk.result(meter.rate)


def dealer_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Connect a DEALER, keep questions under way and count answers."""
    sock = adapter.open("dealer")
    adapter.connect(sock, spec.meeting["endpoint"])
    payload = bytes(spec.size)
    for _ in range(UNDER_WAY):
        sock.send(payload)
    sock.recv()
    meter = Meter(spec)
    while burst := meter.next_burst():
        for _ in range(burst):
            sock.send(payload)
            sock.recv()
    talk.result(meter.rate)


CASE = Case(
    title=f"DEALER to ROUTER and back, {UNDER_WAY} under way, two processes over TCP",
    unit="round trips/s",
    home=Part(router, router_blocking),
    away=Part(dealer, dealer_blocking),
)
