"""One-way streams: flood sockets with messages, drain a socket and measure."""

from __future__ import annotations

from typing import Any, NoReturn

from covey.tools.bench.meter import Meter
from covey.tools.bench.spec import WorkerSpec

__all__ = ["drain", "drain_blocking", "flood", "flood_blocking", "payloads"]


def payloads(spec: WorkerSpec) -> list[bytes]:
    """Return what is sent in one burst: all of one size, or from half to one and a half times that size.

    Runs of equal messages are what telemetry looks like, and what an implementation may have a short cut
    for; sizes that differ leave none.
    """
    burst = Meter(spec).burst
    if not spec.mixed:
        return [bytes(spec.size)] * burst
    # Steps of 7, so that neighbours differ by more than a little.
    steps = (7 * number % burst for number in range(burst))
    return [bytes(spec.size // 2 + spec.size * (2 * step + 1) // (2 * burst)) for step in steps]


async def flood(socks: list[Any], spec: WorkerSpec) -> NoReturn:
    """Send until killed, to each socket in turn."""
    batch = payloads(spec)
    if spec.implementation == "covey-batch":
        while True:
            for sock in socks:
                await sock.send_many(batch)
    while True:
        for sock in socks:
            send = sock.send
            for payload in batch:
                await send(payload)


def flood_blocking(socks: list[Any], spec: WorkerSpec) -> NoReturn:
    """Send until killed, to each socket in turn."""
    batch = payloads(spec)
    while True:
        for sock in socks:
            send = sock.send
            for payload in batch:
                send(payload)


async def drain(sock: Any, spec: WorkerSpec) -> float:
    """Receive until enough was measured and return messages per second."""
    receive = sock.recv
    await receive()
    meter = Meter(spec)
    if spec.implementation == "covey-batch":
        await _drain_batches(sock.recv_many, meter)
        return meter.rate
    while burst := meter.next_burst():
        for _ in range(burst):
            await receive()
    return meter.rate


async def _drain_batches(receive_many: Any, meter: Meter) -> None:
    while burst := meter.next_burst():
        while burst > 0:
            burst -= len(await receive_many(burst))


def drain_blocking(sock: Any, spec: WorkerSpec) -> float:
    """Receive until enough was measured and return messages per second."""
    receive = sock.recv
    receive()
    meter = Meter(spec)
    while burst := meter.next_burst():
        for _ in range(burst):
            receive()
    return meter.rate
