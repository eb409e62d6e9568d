"""Whether a multicast stream over a bad network goes on in constant memory, with nothing lost.

    python -m benchmarks.multicast_soak [MINUTES] [--loss PERCENT] [--rate MB/s] [--size OCTETS] [--every SECONDS]

A PUB on one host sends to a SUB on another over epgm; packets are lost at random both ways, each on its own. Every
`--every` seconds a line tells both processes' resident memory and what went by so far; the last line sums up, and
the status is 1 when a message was lost or came out of order. The hosts are network namespaces (root or user
namespaces), so the machine's own network is never touched.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from covey.tools.bench.multicast.segment import Segment
from covey.tools.bench.multicast.spec import GROUP, PORT

_SENDER = """
import asyncio, sys, covey
from covey.tools.bench.multicast.spec import PeerSpec
from covey.tools.bench.multicast.stream import Pacer, stamped

async def main():
    spec = PeerSpec.from_json(sys.argv[2])
    async with covey.Pub(linger=0, rate=-1, xpub_nodrop=True) as pub:
        await pub.bind(sys.argv[1])
        print("{}", flush=True)
        pacer = Pacer(spec)
        while True:
            due = pacer.due()
            await pub.send_many([stamped(pacer.sent + number, spec.size) for number in range(due)])
            pacer.sent += due
            await asyncio.sleep(0.005)

asyncio.run(main())
"""

_RECEIVER = """
import asyncio, dataclasses, json, sys, time, covey
from covey.tools.bench.multicast.spec import PeerSpec
from covey.tools.bench.multicast.stream import Observer

async def main():
    spec = PeerSpec.from_json(sys.argv[2])
    every, total, due = float(sys.argv[3]), 0, time.monotonic()
    observer = Observer(dataclasses.replace(spec, rate=0.0))
    async with covey.Sub(linger=0) as sub:
        sub.subscribe(b"")
        await sub.connect(sys.argv[1])
        print("{}", flush=True)
        while True:
            messages = await sub.recv_many()
            observer.take(messages)
            total += len(messages)
            if time.monotonic() >= due:
                due += every
                source = sub.statistics().connections[0].multicast.sources[0]
                print(json.dumps({
                    "messages": total,
                    "missing": observer.missing,
                    "misplaced": observer.misplaced,
                    "lost": source.lost,
                    "repairs": source.repairs,
                    "naks": source.naks,
                    "round_trip": source.round_trip,
                }), flush=True)

asyncio.run(main())
"""

_LINE = (
    "{minutes:7.1f} min  PUB {sender:6.1f} MB  SUB {receiver:6.1f} MB  {messages:11,} messages  "
    "{repairs:9,} repairs  {missing} missing  {misplaced} misplaced"
)


def main() -> int:
    """Run the soak and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("minutes", type=float, nargs="?", default=30.0)
    parser.add_argument("--loss", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=2.0)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--every", type=float, default=10.0)
    wanted = parser.parse_args()
    with Segment(2) as segment:
        segment.set_weather(wanted.loss)
        return soak(segment, wanted)


def soak(segment: Segment, wanted: argparse.Namespace) -> int:
    """Run both programs for as long as wanted, and tell what is seen."""
    spec = json.dumps(
        {
            "implementation": "covey",
            "address": "",
            "size": wanted.size,
            "seconds": 0.0,
            "rate": wanted.rate * 1e6,
        }
    )
    receiver = _start(segment, 2, _RECEIVER, spec, str(wanted.every))
    sender = _start(segment, 1, _SENDER, spec)
    begun = time.monotonic()
    seen: list[dict[str, Any]] = []
    try:
        assert receiver.stdout is not None
        for line in receiver.stdout:
            minutes = (time.monotonic() - begun) / 60
            told = {
                **json.loads(line),
                "minutes": minutes,
                "sender": _memory(sender),
                "receiver": _memory(receiver),
            }
            seen.append(told)
            print(_LINE.format(**told), flush=True)
            if minutes >= wanted.minutes:
                break
    finally:
        for process in (sender, receiver):
            process.kill()
            process.wait()
    return _sum_up(seen)


def _start(segment: Segment, host: int, program: str, *arguments: str) -> subprocess.Popen[str]:
    endpoint = f"epgm://{segment.address(host)};{GROUP}:{PORT}"
    command = segment.command(host, [sys.executable, "-c", program, endpoint, *arguments])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _memory(process: subprocess.Popen[str]) -> float:
    """Return a process's resident memory in MB."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _sum_up(seen: list[dict[str, Any]]) -> int:
    if not seen:
        print("nothing was received")
        return 1
    settled = seen[len(seen) // 4 :]
    growth = {who: settled[-1][who] - settled[0][who] for who in ("sender", "receiver")}
    last = seen[-1]
    print(
        f"{last['messages']:,} messages, {last['repairs']:,} packets repaired, {last['missing']} messages missing, "
        f"{last['lost']} packets lost; memory since the first quarter: PUB {growth['sender']:+.1f} MB, "
        f"SUB {growth['receiver']:+.1f} MB"
    )
    return 1 if last["missing"] or last["misplaced"] else 0


if __name__ == "__main__":
    sys.exit(main())
