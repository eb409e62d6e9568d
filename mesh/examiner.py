"""Finds out whether a silent peer's machine still has somebody at its mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from covey.discovery.liveness import Evidence
from covey.endpoint import parse_tcp

__all__ = ["Examiner"]

_PAUSE = 0.05
"""Seconds before knocking: a process that dies breaks its connections before it gives its port back."""
_PATIENCE = 4.0
"""Seconds for a connection and for the first octet after it: half of it for each."""
_AT_ONCE = 64
"""Examinations at the same time; further ones are left out, and the judge decides without."""


class Examiner:
    """Connects to mailboxes, says nothing, and looks what comes.

    Args:
        tasks: the group of whoever owns this.
        report: told what was found.
    """

    def __init__(self, tasks: asyncio.TaskGroup, report: Callable[[UUID, Evidence], None]) -> None:
        self._tasks = tasks
        self._report = report
        self._running: dict[UUID, asyncio.Task[None]] = {}

    def examine(self, uuid: UUID, endpoint: str, patience: float = _PATIENCE) -> None:
        """Find out about a peer within `patience` seconds, unless that is under way; not for TIPC ones."""
        if uuid in self._running or len(self._running) >= _AT_ONCE or not endpoint.startswith("tcp://"):
            return
        task = self._tasks.create_task(self._examine(uuid, endpoint, patience), name=f"examine {endpoint}")
        self._running[uuid] = task
        task.add_done_callback(lambda _: self._running.pop(uuid, None))

    def close(self) -> None:
        """Stop all."""
        for task in self._running.values():
            task.cancel()

    async def _examine(self, uuid: UUID, endpoint: str, patience: float) -> None:
        await asyncio.sleep(_PAUSE)
        self._report(uuid, await knock(endpoint, patience))


async def knock(endpoint: str, patience: float = _PATIENCE) -> Evidence:
    """Return what comes of connecting to an endpoint: a live mailbox greets, a stopped process is silent."""
    address = parse_tcp(endpoint, for_bind=False)
    try:
        async with asyncio.timeout(patience / 2):
            reader, writer = await asyncio.open_connection(address.host, address.port)
    except ConnectionRefusedError:
        return Evidence.REFUSED
    except OSError:  # TimeoutError is one
        return Evidence.SILENT
    try:
        async with asyncio.timeout(patience / 2):
            greeting = await reader.read(1)
    except TimeoutError:
        return Evidence.ACCEPTS
    except OSError:
        return Evidence.REFUSED
    finally:
        writer.close()
    return Evidence.GREETS if greeting else Evidence.REFUSED
