"""Examines silent peers: a bounded number at a time, each once, the others in turn."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from covey.discovery.liveness import Evidence

from .knock import knock

__all__ = ["Examiner"]

_AT_ONCE = 256
"""Examinations at the same time."""
_WAITING = 4096
"""Examinations that wait for their turn; the one that waits longest gives way."""


class Examiner:
    """Connects to mailboxes, says nothing, and looks what comes.

    Args:
        tasks: the group of whoever owns this.
        report: told what was found; of one examination perhaps ACCEPTS, and then what became of it.
    """

    def __init__(self, tasks: asyncio.TaskGroup, report: Callable[[UUID, Evidence], None]) -> None:
        self._tasks = tasks
        self._report = report
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._accepted: set[UUID] = set()
        """Whose mailbox accepts at present, and says nothing."""
        self._waiting: OrderedDict[UUID, tuple[str, float]] = OrderedDict()

    def examine(self, uuid: UUID, endpoint: str, patience: float) -> None:
        """Find out about a peer, unless that is under way; what is known by then is told again. Not for TIPC ones.

        Args:
            uuid: which.
            endpoint: of its mailbox.
            patience: within which a connection must come about. Seconds.
        """
        if not endpoint.startswith("tcp://"):
            return
        if uuid in self._running:
            if uuid in self._accepted:
                asyncio.get_running_loop().call_soon(self._report, uuid, Evidence.ACCEPTS)
            return
        if len(self._running) >= _AT_ONCE:
            self._waiting[uuid] = (endpoint, patience)
            if len(self._waiting) > _WAITING:
                self._waiting.popitem(last=False)
            return
        task = self._tasks.create_task(self._examine(uuid, endpoint, patience), name=f"examine {endpoint}")
        self._running[uuid] = task
        task.add_done_callback(lambda _: self._done(uuid, task))

    def close(self) -> None:
        """Stop all."""
        self._waiting.clear()
        for task in self._running.values():
            task.cancel()

    def _take_accepted(self, uuid: UUID) -> None:
        self._accepted.add(uuid)
        self._report(uuid, Evidence.ACCEPTS)

    def _done(self, uuid: UUID, task: asyncio.Task[None]) -> None:
        if self._running.get(uuid) is task:  # not so if the report had it examined again
            self._forget(uuid)
        if self._waiting:
            following, (endpoint, patience) = self._waiting.popitem(last=False)
            self.examine(following, endpoint, patience)

    async def _examine(self, uuid: UUID, endpoint: str, patience: float) -> None:
        found = await knock(endpoint, patience, lambda: self._take_accepted(uuid))
        self._forget(uuid)  # the report may have it examined again
        self._report(uuid, found)

    def _forget(self, uuid: UUID) -> None:
        self._running.pop(uuid, None)
        self._accepted.discard(uuid)
