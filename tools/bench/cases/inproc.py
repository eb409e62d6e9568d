"""inproc: PUSH to PULL inside one process; two tasks, or two threads where calls block."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from covey.tools.bench.spec import WorkerSpec

from .case import Case, Part, Talk
from .flow import drain, drain_blocking, flood, flood_blocking

__all__ = ["CASE"]

ENDPOINT = "inproc://covey-bench"


async def both(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Send in one task, receive and measure in another."""
    receiver, sender = adapter.open("pull"), adapter.open("push")
    await adapter.bind(receiver, ENDPOINT)
    await adapter.connect(sender, ENDPOINT)
    flooding = asyncio.create_task(flood([sender], spec), name="flood")
    talk.result(await drain(receiver, spec))
    flooding.cancel()


def both_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Send in one thread, receive and measure in another."""
    receiver = adapter.open("pull")
    adapter.bind(receiver, ENDPOINT)

    def send() -> None:
        sender = adapter.open("push")
        adapter.connect(sender, ENDPOINT)
        flood_blocking([sender], spec)

    threading.Thread(target=send, daemon=True).start()
    talk.result(drain_blocking(receiver, spec))


CASE = Case(
    title="PUSH to PULL inside one process (tasks, or threads for blocking pyzmq)",
    unit="msg/s",
    home=Part(both, both_blocking),
    is_stream=True,
    in_bytes=True,
)
