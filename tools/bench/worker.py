"""One process of a measurement: `python -m covey.tools.bench.worker`, its spec on standard input."""

from __future__ import annotations

import asyncio
import signal
import sys

from covey.tools.bench.adapters import adapter_for
from covey.tools.bench.cases import load_case
from covey.tools.bench.cases.case import Talk
from covey.tools.bench.spec import BLOCKING, WorkerSpec

__all__ = ["main"]

LIFETIME = 120
"""Seconds after which a worker ends whatever happens, and four times the measurement on top."""


def main() -> None:
    """Play the part that the spec asks for; the runner ends the process when it has its result."""
    spec = WorkerSpec.from_json(sys.stdin.readline())
    # An orphan must not flood a socket for ever: the runner may die before it can end us.
    signal.alarm(LIFETIME + round(4 * spec.seconds))
    if spec.profile:
        _play_profiled(spec)
    else:
        _play(spec)
    signal.pause()


def _play(spec: WorkerSpec) -> None:
    case = load_case(spec.case)
    part = case.home if spec.role == "home" else case.away
    assert part is not None, f"{spec.case} has no role {spec.role}"
    adapter = adapter_for(spec)
    if spec.implementation in BLOCKING:
        assert part.blocking is not None, f"nobody blocks in {spec.case}"
        part.blocking(adapter, spec, Talk())
    else:
        asyncio.run(part.asynchronous(adapter, spec, Talk()))


def _play_profiled(spec: WorkerSpec) -> None:
    """Play under the profiler; what it saw is written at the end, also at one by SIGTERM."""
    import cProfile

    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    profile = cProfile.Profile()
    try:
        profile.runcall(_play, spec)
    finally:
        profile.dump_stats(spec.profile)


if __name__ == "__main__":
    main()
