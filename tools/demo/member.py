"""One process of the demo: `python -m covey.tools.demo.member`, driven over standard input and output.

It is told, one JSON object a line, first who it is, then `publish`, `stop` and `settle`; when its input
ends it leaves. It says `up`, then once a tick how far it is, and answers `stop` with what it `sent` and
`settle` with its `account`.

Until `publish`, every member publishes probes, so that each can say from whom its subscription really
delivers: nothing that counts is published before everybody hears everybody.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from contextlib import suppress
from typing import Any

from covey.errors import CoveyError
from covey.tools.advice import one_line
from covey.tools.nodes import MeshNode, Message, open_node
from covey.tools.options import MeshOptions
from covey.tools.trust_options import TrustOptions

from .ledger import Ledger

__all__ = ["Member", "main"]

PROBE, READING = "demo/probe", "demo/reading"
PROBE_SECONDS = 0.05
TICK_SECONDS = 0.25
SETTLE_SECONDS = 3.0
"""How long a member waits for readings that are still under way."""
LATENCIES = 2000
"""How many of the latest latencies a member tells of."""


def say(what: str, **facts: object) -> None:
    """Tell the crew something, at once."""
    sys.stdout.write(json.dumps({"say": what, **facts}) + "\n")
    sys.stdout.flush()


class Member:
    """A node that probes, publishes readings and keeps account of everybody else's."""

    def __init__(self, node: MeshNode, rate: float) -> None:
        self._node = node
        self._interval = 1 / rate
        self._uuid = str(node.uuid)
        self._heard: set[str] = set()
        self._ledger = Ledger()
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._sent = 0
        self._arrived = asyncio.Event()
        self._stopping = asyncio.Event()
        self._publishing: asyncio.Task[None] | None = None

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Obey orders until they end."""
        async with asyncio.TaskGroup() as tasks, self._node.subscribe("demo/") as messages:
            background = [
                tasks.create_task(self._listen(messages), name="listen"),
                tasks.create_task(self._tick(), name="tick"),
            ]
            self._publishing = tasks.create_task(self._probe(), name="probe")
            while line := await orders.readline():
                order = json.loads(line)
                if order["do"] == "publish":
                    await self._stop_publishing()
                    self._publishing = tasks.create_task(self._publish(), name="publish")
                elif order["do"] == "stop":
                    await self._stop_publishing()
                    say("sent", uuid=self._uuid, count=self._sent)
                elif order["do"] == "settle":
                    await self._settle(order["sent"])
            await self._stop_publishing()
            for task in background:
                task.cancel()

    async def _listen(self, messages: Any) -> None:
        message: Message
        async for message in messages:
            sender = str(message.sender.uuid)
            if sender == self._uuid:
                continue
            if message.topic == PROBE:
                self._heard.add(sender)
                continue
            number, sent_at = message.data.split()
            self._ledger.note(sender, int(number))
            self._latencies.append(time.monotonic() - float(sent_at))
            self._arrived.set()

    async def _probe(self) -> None:
        while not await self._is_stopped_by(time.monotonic() + PROBE_SECONDS):
            await self._node.publish(PROBE, b"")

    async def _publish(self) -> None:
        """Publish at an even rate: a reading that is late does not delay the next."""
        begun = time.monotonic()
        while not await self._is_stopped_by(begun + self._sent * self._interval):
            await self._node.publish(READING, b"%d %.6f" % (self._sent, time.monotonic()))
            self._sent += 1

    async def _is_stopped_by(self, due: float) -> bool:
        """Wait until it is due (monotonic seconds) or publishing is to stop; return whether it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - time.monotonic())):
                await self._stopping.wait()
        return self._stopping.is_set()

    async def _stop_publishing(self) -> None:
        """Let the reading that is being published go out, and end."""
        if self._publishing is not None:
            self._stopping.set()
            await self._publishing
            self._stopping.clear()
            self._publishing = None

    async def _tick(self) -> None:
        while True:
            say(
                "progress",
                peers=len(self._node.peers()),
                heard=len(self._heard),
                sent=self._sent,
                received=self._ledger.received,
            )
            await asyncio.sleep(TICK_SECONDS)

    async def _settle(self, sent: dict[str, int]) -> None:
        """Wait for what is under way and give the account."""
        sent = {sender: count for sender, count in sent.items() if sender != self._uuid}
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while self._ledger.missing(sent):
                    self._arrived.clear()
                    await self._arrived.wait()
        say(
            "account",
            received=self._ledger.received,
            missing=self._ledger.missing(sent),
            faults=self._ledger.faults,
            latencies=list(self._latencies),
        )


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _main() -> None:
    orders = await _standard_input()
    role = json.loads(await orders.readline())
    options = MeshOptions(
        role["name"], role["mesh"], TrustOptions(secret_file=role["secret_file"]), tuple(role["interfaces"])
    )
    async with open_node(options) as node:
        say("up", uuid=str(node.uuid))
        await Member(node, role["rate"]).run(orders)


def main() -> int:
    """Be a member until standard input ends; a reason to fail is told to the crew."""
    try:
        asyncio.run(_main())
    except* (CoveyError, OSError) as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        say("failed", reason=one_line(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
