"""What a mesh costs that has nothing to say: processor time and packets of each node, beside pyre and zenoh.

    python -m benchmarks.mesh_idle [--nodes 100] [--seconds 15] [--settle 10] [--hosts 4] [--only KIND...] [--json]

The nodes are processes on the hosts of the test LAN. When all know all, they are left alone for `--settle` seconds;
then processor time (of all threads) and the packets that hosts send and receive on the LAN are counted. Nodes of one
host hear each other's broadcasts without the LAN, so packets are also counted on every loopback interface.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import Sequence

from benchmarks.mesh_start import KINDS, Kind, command, complete, processor_seconds

from covey import Secret
from tests.lan import Host, Lan, Program, isolate

_LINE = "{kind:7}{nodes:6} {cpu_ms:12.3f} ms/s {sent:10.2f} /s {received:10.2f} /s"


def _packets(host: Host) -> tuple[int, int]:
    """Return how many packets a host has sent and received, on the LAN and to itself."""
    sent = received = 0
    for line in host.shell("cat /proc/net/dev").splitlines()[2:]:
        _, _, counters = line.partition(":")
        fields = [int(field) for field in counters.split()]
        received += fields[1]
        sent += fields[9]
    return sent, received


async def _measure_one(
    lan: Lan, kind: Kind, secret_file: str, arguments: argparse.Namespace
) -> dict[str, object]:
    programs: list[Program] = []
    count: int = arguments.nodes
    try:
        for number in range(count):
            host = lan.hosts[number % len(lan.hosts)]
            programs.append(await host.start(command(kind, f"n{number}", count, secret_file, waits=False)))
        await asyncio.gather(*(complete(kind, program, count) for program in programs))
        await asyncio.sleep(arguments.settle)
        processor = [processor_seconds(program.pid) for program in programs]
        packets = [_packets(host) for host in lan.hosts]
        await asyncio.sleep(arguments.seconds)
        used = [
            processor_seconds(program.pid) - before
            for program, before in zip(programs, processor, strict=True)
        ]
        moved = [
            (after[0] - before[0], after[1] - before[1])
            for after, before in zip([_packets(host) for host in lan.hosts], packets, strict=True)
        ]
    finally:
        for program in programs:
            await program.close()
    per_node = 1 / count / arguments.seconds
    return {
        "kind": kind.name,
        "nodes": count,
        "cpu_ms": round(1000 * statistics.mean(used) / arguments.seconds, 3),
        "sent": round(sum(sent for sent, _ in moved) * per_node, 2),
        "received": round(sum(received for _, received in moved) * per_node, 2),
    }


async def measure(arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Measure each kind and return its row."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as directory:
        secret_file = os.path.join(directory, "secret")
        Secret.generate().save(secret_file)
        async with Lan(arguments.hosts) as lan:
            for kind in (kind for kind in KINDS if kind.name in arguments.only):
                row = await _measure_one(lan, kind, secret_file, arguments)
                rows = [*rows, row]
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    names = [kind.name for kind in KINDS if kind.code is not None]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mesh_idle", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--settle", type=float, default=10.0)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    isolate()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = asyncio.run(measure(arguments))
    if arguments.json:
        print(json.dumps(rows))
        return
    print("kind    nodes     CPU a node        sent        received, packets a node")
    for row in rows:
        print(_LINE.format_map(row))


if __name__ == "__main__":
    main()
