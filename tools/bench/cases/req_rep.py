"""req-rep: the time from a question to its answer, one at a time."""

from __future__ import annotations

import time
from typing import Any, NoReturn

from covey.tools.bench.meter import Meter, percentile
from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk

__all__ = ["CASE"]

MICROSECONDS = 1e6


async def answer(adapter: Any, _spec: WorkerSpec, talk: Talk) -> NoReturn:
    """Bind a REP and echo until killed."""
    sock = adapter.open("rep")
    talk.met(endpoint=await adapter.bind(sock, LOOPBACK))
    while True:
        await sock.send(await sock.recv())


def answer_blocking(adapter: Any, _spec: WorkerSpec, talk: Talk) -> NoReturn:
    """Bind a REP and echo until killed."""
    sock = adapter.open("rep")
    talk.met(endpoint=adapter.bind(sock, LOOPBACK))
    while True:
        sock.send(sock.recv())


async def ask(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Connect a REQ, ask and measure."""
    sock = adapter.open("req")
    await adapter.connect(sock, spec.meeting["endpoint"])
    payload, samples, clock = bytes(spec.size), list[float](), time.perf_counter
    await sock.send(payload)
    await sock.recv()
    meter = Meter(spec)
    while burst := meter.next_burst():
        for _ in range(burst):
            begun = clock()
            await sock.send(payload)
            await sock.recv()
            samples.append(clock() - begun)
    _report(samples, meter, talk)


def ask_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Connect a REQ, ask and measure."""
    sock = adapter.open("req")
    adapter.connect(sock, spec.meeting["endpoint"])
    payload, samples, clock = bytes(spec.size), list[float](), time.perf_counter
    sock.send(payload)
    sock.recv()
    meter = Meter(spec)
    while burst := meter.next_burst():
        for _ in range(burst):
            begun = clock()
            sock.send(payload)
            sock.recv()
            samples.append(clock() - begun)
    _report(samples, meter, talk)


def _report(samples: list[float], meter: Meter, talk: Talk) -> None:
    """Leave the warm-up out and give the median."""
    measured = samples[-meter.measured :]
    talk.result(
        percentile(measured, 50) * MICROSECONDS,
        p99_microseconds=percentile(measured, 99) * MICROSECONDS,
        per_second=meter.rate,
    )


CASE = Case(
    title="REQ to REP and back, median round trip, two processes over TCP",
    unit="µs",
    home=Part(answer, answer_blocking),
    away=Part(ask, ask_blocking),
    more_is_better=False,
)
