"""What a node costs that follows thousands of others through a real etcd, and what its store costs.

    python -m benchmarks.etcd_scale [--records 3000] [--changes 300] [--json]

One process writes the records of nodes that are not there to an etcd on loopback. Then a follower reads them all,
watches while some change and go, loses its store (killed and started again), and finds it again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from covey.discovery.etcd import EtcdSource, EtcdStatistics, EtcdStore, OpenRecords
from covey.discovery.etcd.constants import GRANT
from covey.discovery.etcd.gateway import Gateway
from covey.discovery.etcd.wire import decode_lease, put_request
from covey.discovery.sighting import Announcement, Sighting
from tests.discovery.etcd_server import EtcdServer
from tests.lan import isolate

__all__ = ["main", "measure"]

_TRANSACTION = "/v3/kv/txn"
_TOGETHER = 100
"""Records in a transaction; etcd takes 128."""
_TTL = 600


class Follower:
    """Counts what a source reports, and what it costs this process."""

    def __init__(self, store: EtcdStore) -> None:
        self.reported = 0
        self.source = EtcdSource(Announcement(uuid4(), 4000), self._sighted, store, host="10.0.0.1")

    def _sighted(self, _: Sighting) -> None:
        self.reported += 1

    async def until(self, condition: Callable[[EtcdStatistics], bool]) -> float:
        """Return the seconds until the counters are so."""
        start = time.monotonic()
        while not condition(self.source.statistics()):  # noqa: ASYNC110 - counters tell nobody that they changed
            await asyncio.sleep(0.001)
        return time.monotonic() - start


async def write(store: EtcdStore, uuids: Sequence[UUID], port: int, network: str = "10.1") -> None:
    """Put a record for each node, each at another address, under one lease, many in each transaction."""
    codec = OpenRecords("covey")
    async with Gateway(store, store.endpoints[0]) as gateway:
        lease = decode_lease(await gateway.call(GRANT, {"TTL": str(_TTL)}))
        for batch in range(0, len(uuids), _TOGETHER):
            puts = []
            for number, uuid in enumerate(uuids[batch : batch + _TOGETHER], batch):
                said, host = Announcement(uuid, port), f"{network}.{number >> 8}.{number & 255}"
                puts.append(put_request(codec.key_of(said), codec.encode(said, host), lease))
            await gateway.call(_TRANSACTION, {"success": [{"request_put": each} for each in puts]})


def _memory() -> float:
    """Return the resident memory of this process, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(records: int, changes: int) -> dict[str, float]:
    """Return what was measured: seconds and MiB."""
    uuids = [uuid4() for _ in range(records)]
    with tempfile.TemporaryDirectory() as folder:
        async with EtcdServer(Path(folder)) as server:
            store = EtcdStore((server.url,))
            start = time.monotonic()
            await write(store, uuids, 4001)
            row = {"records": float(records), "written": time.monotonic() - start}
            follower = Follower(store)
            memory, processor = _memory(), _processor()
            async with follower.source:
                row["taken_in"] = await follower.until(lambda now: now.is_following)
                row["processor"] = _processor() - processor
                row["memory_mib"] = _memory() - memory
                assert follower.source.statistics().records == records
                follower.reported = 0
                writing = asyncio.create_task(write(store, uuids[:changes], 4002))
                row["changes"] = await follower.until(lambda _: follower.reported >= changes)
                await writing
                await server.kill()
                await follower.until(lambda now: not now.is_following)
                await server.start()
                row["found_again"] = await follower.until(lambda now: now.sessions == 2)
                row["records_then"] = float(follower.source.statistics().records)
    return {name: round(value, 3) for name, value in row.items()}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.etcd_scale", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    isolate()
    row = asyncio.run(measure(arguments.records, arguments.changes))
    if arguments.json:
        print(json.dumps(row))
        return
    print("{records:.0f} records written in {written:.1f} s by one process".format_map(row))
    print(
        "taken in after {taken_in:.2f} s, {processor:.2f} s of processor time, {memory_mib:.1f} MiB".format_map(
            row
        )
    )
    print(f"{arguments.changes} changes followed within {row['changes']:.2f} s of the first")
    print(
        "store killed and started again: followed after {found_again:.2f} s, {records_then:.0f} records".format_map(
            row
        )
    )


if __name__ == "__main__":
    main()
