"""Run one measurement after another, alternating between implementations."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from covey.errors import CoveyError
from covey.tools import children

from .plan import Plan
from .spec import IMPLEMENTATIONS, PYZMQ, WorkerSpec
from .summary import Summary, summarise

__all__ = ["BenchFailed", "available", "has_pyzmq", "run_case"]

PATIENCE = 20.0
"""Seconds beyond the measurement itself after which a run counts as hung."""
PROFILE_SECONDS = 5.0
"""How long a worker may take to write its profile."""
WORKER = "covey.tools.bench.worker"


class BenchFailed(CoveyError):
    """A worker gave no result."""

    def __init__(self, spec: WorkerSpec, reason: str) -> None:
        super().__init__(f"bench {spec.case} with {spec.implementation}: {reason}")
        self.spec = spec
        self.reason = reason


def available(wanted: tuple[str, ...], known: tuple[str, ...] = IMPLEMENTATIONS) -> tuple[str, ...]:
    """Return those of the wanted implementations that can run here, in the order of `known`."""
    return tuple(each for each in known if each in wanted and (each not in PYZMQ or has_pyzmq()))


def has_pyzmq() -> bool:
    """Return whether pyzmq is installed."""
    return importlib.util.find_spec("zmq") is not None


async def run_case(plan: Plan, report: Callable[[str], None]) -> Summary:
    """Run every round and return the summary; `report` is told of each figure as it comes.

    The order turns by one each round, so that nobody always runs on a warm or a cold machine.

    Raises:
        BenchFailed: a worker died or hung.
    """
    figures: dict[str, list[float]] = {each: [] for each in plan.implementations}
    details: dict[str, dict[str, float]] = {}
    for number in range(plan.rounds):
        turn = number % len(plan.implementations)
        for implementation in plan.implementations[turn:] + plan.implementations[:turn]:
            report(f"{plan.name}: round {number + 1} of {plan.rounds}, {implementation}")
            words = await measure(plan.spec(implementation), has_away=plan.case.away is not None)
            figures[implementation].append(words["result"])
            details[implementation] = words["details"]
    return summarise(plan, figures, details)


async def measure(spec: WorkerSpec, *, has_away: bool) -> dict[str, Any]:
    """Start the workers of one run, return the result that one of them gives, and end them."""
    workers: list[Process] = []
    try:
        async with asyncio.timeout(PATIENCE + 4 * spec.seconds), AsyncExitStack() as stack:
            workers.append(await _start(spec, stack))
            if has_away:
                meeting = (await _hear(workers[0], spec, "meeting"))["meeting"]
                workers.append(await _start(replace(spec, role="away", meeting=meeting), stack))
            return await _first_result(workers, spec)
    except TimeoutError:
        complaints = [complaint for each in workers if (complaint := await children.complaint(each))]
        raise BenchFailed(spec, "; ".join(["no result in time", *complaints])) from None


async def _start(spec: WorkerSpec, stack: AsyncExitStack) -> Process:
    process = await children.start(WORKER)
    if spec.profile:
        path = os.path.join(spec.profile, f"{spec.case}-{spec.implementation}-{spec.role}.prof")
        spec = replace(spec, profile=path)
        stack.push_async_callback(children.end_gently, process, PROFILE_SECONDS)
    else:
        stack.push_async_callback(children.end, process)
    assert process.stdin is not None
    process.stdin.write(spec.to_json().encode() + b"\n")
    return process


async def _first_result(workers: list[Process], spec: WorkerSpec) -> dict[str, Any]:
    """Return what the first worker says that has a result; one that dies before is the failure."""
    hearing = [asyncio.create_task(_hear(worker, spec, "result"), name="hear") for worker in workers]
    try:
        done, _ = await asyncio.wait(hearing, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in hearing:
            task.cancel()
        await asyncio.gather(*hearing, return_exceptions=True)


async def _hear(worker: Process, spec: WorkerSpec, key: str) -> dict[str, Any]:
    """Return the worker's next words, which hold `key`."""
    assert worker.stdout is not None
    line = await worker.stdout.readline()
    if not line:
        raise BenchFailed(spec, await children.last_words(worker))
    words: dict[str, Any] = json.loads(line)
    if key not in words:
        raise BenchFailed(spec, f"a worker said {words} where {key} was due")
    return words
