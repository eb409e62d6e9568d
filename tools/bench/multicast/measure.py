"""Run the scenarios, alternating between implementations, and sum them up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from covey.tools.bench.summary import Row, Summary

from .peers import COVEY, Peer, PeerFailed
from .scenario import Scenario
from .segment import Segment
from .spec import PeerSpec

__all__ = ["Rounds", "measure_scenario"]

SHOWN = (("lost", "%"), ("sender", "µs/msg"), ("receiver", "µs/msg"))
"""What stands beside the figure: messages that never came, and what one costs each end in processor time."""
PATIENCE = 30.0
"""Seconds beyond the measurement itself after which a run counts as hung."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often and how long."""

    rounds: int
    seconds: float


async def measure_scenario(
    segment: Segment,
    scenario: Scenario,
    pythons: Mapping[str, str],
    rounds: Rounds,
    report: Callable[[str], None],
) -> Summary:
    """Measure one scenario; `pythons` says with what to run each implementation.

    Raises:
        PeerFailed: a program died or hung.
    """
    chosen = [each for each in pythons if _can(each, scenario)]
    runs: dict[str, list[dict[str, float]]] = {each: [] for each in chosen}
    await asyncio.to_thread(segment.set_weather, scenario.loss)
    for number in range(rounds.rounds):
        turn = number % len(chosen)
        for implementation in chosen[turn:] + chosen[:turn]:
            report(f"{scenario.name}: round {number + 1} of {rounds.rounds}, {implementation}")
            run = _Run(segment, scenario, implementation, pythons[implementation], rounds.seconds)
            try:
                async with asyncio.timeout(PATIENCE + 4 * rounds.seconds):
                    runs[implementation].append(await run.measure())
            except TimeoutError:
                raise PeerFailed(f"{scenario.name} with {implementation}: no result in time") from None
    rows = tuple(Row(each, *_figures(scenario, runs[each])) for each in chosen)
    return Summary(
        scenario.name,
        scenario.title,
        scenario.unit,
        scenario.figure == "rate",
        scenario.figure == "rate",
        scenario.size,
        False,
        scenario.receivers,
        "receivers",
        rounds.rounds,
        rows,
        shown=SHOWN,
    )


def _can(implementation: str, scenario: Scenario) -> bool:
    """Whether an implementation can be measured in a scenario: parity and many receivers are ours alone."""
    if scenario.figure == "repairs":
        return implementation == "covey"
    if scenario.figure == "median":
        return implementation in ("covey", "libzmq")
    return implementation != "lcm" or not scenario.loss


def _figures(scenario: Scenario, runs: list[dict[str, float]]) -> tuple[tuple[float, ...], dict[str, float]]:
    details = {key: value for key, value in runs[-1].items() if key != scenario.figure}
    details["lost"] = max(run["lost"] for run in runs)
    details["misplaced"] = sum(run["misplaced"] for run in runs)
    return tuple(run[scenario.figure] for run in runs), details


class _Run:
    """One stream from the first host to the others."""

    def __init__(
        self, segment: Segment, scenario: Scenario, implementation: str, python: str, seconds: float
    ) -> None:
        self._segment = segment
        self._scenario = scenario
        self._implementation = implementation
        self._python = python
        self._seconds = seconds

    def _peer(self, host: int, role: str) -> Peer:
        scenario = self._scenario
        spec = PeerSpec(
            self._implementation,
            self._segment.address(host),
            scenario.size,
            self._seconds,
            scenario.rate,
            scenario.loss > 0,
            scenario.tick,
            scenario.parity,
        )
        return Peer(self._segment, host, self._python, role, spec)

    async def measure(self) -> dict[str, float]:
        """Run it and return what came of it."""
        if self._scenario.figure != "repairs":
            return (await self._stream(1))[0]
        _, alone = await self._stream(1)
        result, costs = await self._stream(self._scenario.receivers)
        return {**result, **costs, "growth": costs["cost"] / alone["cost"]}

    async def _stream(self, receivers: int) -> tuple[dict[str, float], dict[str, float]]:
        """Return what the receivers saw (the worst of each) and what it cost the sender."""
        async with AsyncExitStack() as stack:
            sinks = [
                await stack.enter_async_context(self._peer(host, "receive"))
                for host in range(2, 2 + receivers)
            ]
            source = await stack.enter_async_context(self._peer(1, "send"))
            begun = await asyncio.to_thread(_processor_times, source, sinks[0])
            source.tell("go")
            told = self._implementation in COVEY
            before = await source.hear("cpu") if told else {}
            results = [(await sink.hear("result"))["result"] for sink in sinks]
            ended = await asyncio.to_thread(_processor_times, source, sinks[0])
            costs: dict[str, float] = {}
            if told and self._scenario.rate:
                source.tell("how much")
                costs = _costs(before, await source.hear("cpu"))
            messages = max(results[0].pop("total"), 1.0)
            prices = {
                role: (after - before) / messages * 1e6
                for role, before, after in zip(("sender", "receiver"), begun, ended, strict=True)
            }
            return {**_worst(results), **prices}, costs


def _processor_times(source: Peer, sink: Peer) -> tuple[float, float]:
    return source.processor_time(), sink.processor_time()


def _worst(results: list[dict[str, float]]) -> dict[str, float]:
    worst = dict(results[0])
    for result in results[1:]:
        for key in ("lost", "misplaced", "median", "p99"):
            if key in worst:
                worst[key] = max(worst[key], result[key])
        worst["rate"] = min(worst["rate"], result["rate"])
    return worst


def _costs(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return the sender's processor time a MB, in milliseconds, and the repairs as per cent of the data."""
    octets = after["octets"] - before["octets"]
    return {
        "cost": (after["cpu"] - before["cpu"]) / octets * 1e9,
        "repairs": (after["repair_octets"] - before["repair_octets"]) / octets * 100,
        "naks": after["naks"] - before["naks"],
    }
