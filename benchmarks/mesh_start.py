"""How long nodes that start together take until each knows every other, beside zeromq-pyre and zenoh.

    python -m benchmarks.mesh_start [--nodes 2 10 40] [--rounds 5] [--hosts 4] [--after-imports] [--json]

zenoh takes part where `eclipse-zenoh` is installed. It is not told of other nodes' entering; the program looks
two hundred times a second at whom its session is connected to.

The nodes are processes on the hosts of the test LAN, in turn. Rounds alternate between the kinds of node, and
the order turns by one each round. A round lasts from the start of the first process until the last node knows
all others; with `--after-imports`, from a common moment when all processes have imported what they need.

`light` is an open node whose program postpones what asyncio imports and it does not use (`covey.late_imports`), as
`covey agent` does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from covey import Secret
from tests.lan import Lan, Program, isolate

_TIMEOUT = 90.0
"""Seconds that one round may take."""

_LINE = "{nodes:5}  {kind:7}{seconds:7.3f} s {best:7.3f} {worst:7.3f} {processor_ms:9.1f} ms {to_pyre!s:>9}"

_COVEY = """
import asyncio, sys, time, covey

name, others, secret_file, waits = sys.argv[1], int(sys.argv[2]) - 1, sys.argv[3], sys.argv[4] == "wait"
if waits:
    covey.Node
    print("ready", flush=True)
    sys.stdin.readline()

async def main():
    secret = covey.Secret.load(secret_file) if secret_file else None
    async with covey.Node(name, mesh="start", secret=secret) as node:
        await node.wait_for_peers(others, timeout=80)
        print(time.monotonic(), flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""

_LIGHT = """
from covey.late_imports import IMPORTED_BY_ASYNCIO, postpone

postpone(IMPORTED_BY_ASYNCIO)
"""

_PYRE = """
import logging, sys, time
from pyre import Pyre

logging.disable(logging.CRITICAL)
name, others, waits = sys.argv[1], int(sys.argv[2]) - 1, sys.argv[4] == "wait"
if waits:
    print("ready", flush=True)
    sys.stdin.readline()
node = Pyre(name)
node.start()
seen = set()
while len(seen) < others:
    event = node.recv()
    if event[0] == b"ENTER":
        seen.add(event[1])
print(time.monotonic(), flush=True)
time.sleep(3600)
"""


_ZENOH = """
import sys, time, zenoh

name, others, waits = sys.argv[1], int(sys.argv[2]) - 1, sys.argv[4] == "wait"
if waits:
    print("ready", flush=True)
    sys.stdin.readline()
with zenoh.open(zenoh.Config()) as session:
    while len(session.info.peers_zid()) < others:
        time.sleep(0.005)
    print(time.monotonic(), flush=True)
    time.sleep(3600)
"""


@dataclass(frozen=True)
class Kind:
    """A kind of node.

    Attributes:
        code: run with name, number of nodes, secret file, and whether to wait; None for `covey agent`.
        secret: whether it is given a secret.
    """

    name: str
    code: str | None
    secret: bool = False


KINDS = (
    Kind("open", _COVEY),
    Kind("secret", _COVEY, secret=True),
    Kind("light", _LIGHT + _COVEY),
    Kind("agent", None, secret=True),
    Kind("pyre", _PYRE),
    *([Kind("zenoh", _ZENOH)] if find_spec("zenoh") else []),
)


@dataclass(frozen=True)
class Round:
    """What one round took: seconds until all were complete, and mean processor time of a node until then."""

    seconds: float
    processor: float


class Bench:
    """Runs rounds on one LAN.

    Args:
        lan: where.
        secret_file: for the kinds that have a secret.
        after_imports: measure from a common moment after the imports.
    """

    def __init__(self, lan: Lan, secret_file: str, *, after_imports: bool) -> None:
        self._lan = lan
        self._secret_file = secret_file
        self._after_imports = after_imports

    async def run(self, kind: Kind, count: int) -> Round:
        """Start `count` nodes, wait until they are complete, and kill them."""
        programs: list[Program] = []
        start = time.monotonic()
        try:
            for number in range(count):
                host = self._lan.hosts[number % len(self._lan.hosts)]
                programs.append(
                    await host.start(
                        command(kind, f"n{number}", count, self._secret_file, waits=self._after_imports)
                    )
                )
            if self._after_imports:
                await asyncio.gather(*(program.readline(_TIMEOUT) for program in programs))
                start = time.monotonic()
                for program in programs:
                    await program.write("go\n")
            ends = await asyncio.gather(*(complete(kind, program, count) for program in programs))
            processor = statistics.mean(processor_seconds(program.pid) for program in programs)
            return Round(max(ends) - start, processor)
        finally:
            for program in programs:
                await program.close()


def command(kind: Kind, name: str, count: int, secret_file: str, *, waits: bool) -> list[str]:
    """Return what starts a node of a kind, which waits for a line after its imports if it shall."""
    secret = secret_file if kind.secret else ""
    if kind.code is None:
        agent = [sys.executable, "-m", "covey", "agent", "--json", "--mesh", "start", "--name", name]
        return [*agent, "--secret-file", secret] if secret else agent
    return [sys.executable, "-c", kind.code, name, str(count), secret, "wait" if waits else "go"]


async def complete(kind: Kind, program: Program, count: int) -> float:
    """Return when a node knew all others, on the monotonic clock."""
    if kind.code is not None:
        return float(await program.readline(_TIMEOUT))
    entered = 0
    while entered < count - 1:
        entered += json.loads(await program.readline(_TIMEOUT))["event"] == "entered"
    return time.monotonic()


def processor_seconds(pid: int) -> float:
    """Return what all threads of a process have used, to the nanosecond (`/proc/PID/stat` counts in ticks)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


async def measure(arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Run all rounds and return a row for each number of nodes and kind."""
    rows: list[dict[str, object]] = []
    kinds = [kind for kind in KINDS if kind.name in arguments.only]
    if arguments.after_imports:
        kinds = [kind for kind in kinds if kind.code is not None]
    with tempfile.TemporaryDirectory() as directory:
        secret_file = os.path.join(directory, "secret")
        Secret.generate().save(secret_file)
        async with Lan(arguments.hosts) as lan:
            bench = Bench(lan, secret_file, after_imports=arguments.after_imports)
            for count in arguments.nodes:
                rounds: dict[str, list[Round]] = {kind.name: [] for kind in kinds}
                for turn in range(arguments.rounds):
                    for at in range(len(kinds)):
                        kind = kinds[(at + turn) % len(kinds)]
                        rounds[kind.name].append(await bench.run(kind, count))
                rows += _rows(count, rounds)
    return rows


def _rows(count: int, rounds: dict[str, list[Round]]) -> list[dict[str, object]]:
    medians = {name: statistics.median(one.seconds for one in done) for name, done in rounds.items()}
    return [
        {
            "nodes": count,
            "kind": name,
            "seconds": round(medians[name], 3),
            "best": round(min(one.seconds for one in done), 3),
            "worst": round(max(one.seconds for one in done), 3),
            "processor_ms": round(1000 * statistics.median(one.processor for one in done), 1),
            "to_pyre": round(medians[name] / medians["pyre"], 2) if "pyre" in medians else None,
        }
        for name, done in rounds.items()
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mesh_start", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--nodes", type=int, nargs="+", default=[2, 10, 40])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument(
        "--only", nargs="+", choices=[kind.name for kind in KINDS], default=[k.name for k in KINDS]
    )
    parser.add_argument("--after-imports", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    isolate()
    # Installed packages have their bytecode; a variable that keeps it from being written would hide that.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = asyncio.run(measure(arguments))
    if arguments.json:
        print(json.dumps(rows))
        return
    print("nodes  kind     median    best   worst   CPU a node   to pyre")
    for row in rows:
        print(_LINE.format_map(row))


if __name__ == "__main__":
    main()
