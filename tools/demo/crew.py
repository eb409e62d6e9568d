"""Start the members of a demo, lead them through its phases, and see them off whatever happens."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from covey.errors import CoveyError
from covey.tools import children

from .standing import MemberStanding, Standing, Summary

__all__ = ["Crew", "DemoFailed", "DemoPlan"]

MEMBER = "covey.tools.demo.member"
FORM_SECONDS = 30.0
"""How long the mesh may take to form, and any later phase beyond its own time."""
LEAVE_SECONDS = 0.6
"""How long members may take for their goodbyes."""


class DemoFailed(CoveyError):
    """The demo could not be completed; no statement about loss."""


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What a demo does."""

    nodes: int
    seconds: float
    """How long the members publish."""
    rate: float
    """Readings a second of each member."""
    mesh: str
    secret_file: str
    interfaces: tuple[str, ...]
    name: str = "node"
    """Members are called by this and a number."""


class Crew:
    """The members of one demo and how they stand; `changed` is called whenever one says something."""

    def __init__(self, plan: DemoPlan, changed: Callable[[Standing], None]) -> None:
        self._plan = plan
        self._changed = changed
        self._processes: list[Process] = []
        self._failures: list[str] = []
        self._news = asyncio.Event()
        self._started = 0.0
        self.standing = Standing(
            [MemberStanding(f"{plan.name}-{number + 1}") for number in range(plan.nodes)]
        )

    async def run(self) -> Summary:
        """Lead the members through the demo and return how it ended.

        Raises:
            DemoFailed: a member died, or the mesh did not form in time.
        """
        async with self._members():
            standing = self.standing
            await self._phase("starting", standing.everybody_is_up)
            await self._phase("finding each other", standing.everybody_knows_everybody)
            await self._phase("subscribing", standing.everybody_hears_everybody)
            self._order("publish")
            await self._publish()
            self._order("stop")
            await self._phase("stopping", standing.everybody_stopped)
            self._order("settle", sent=standing.sent_by())
            await self._phase("counting", standing.everybody_accounted)
            return standing.summary()

    async def _publish(self) -> None:
        """Let the members publish for as long as planned."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._plan.seconds):
                await self._wait("publishing", lambda: False)

    async def _phase(self, name: str, is_over: Callable[[], bool]) -> None:
        """Wait for the end of a phase, for as long as a phase may take."""
        try:
            async with asyncio.timeout(FORM_SECONDS):
                await self._wait(name, is_over)
        except TimeoutError:
            raise DemoFailed(f"{name} took longer than {FORM_SECONDS:.0f} s: {self._laggards()}") from None

    async def _wait(self, name: str, is_over: Callable[[], bool]) -> None:
        self.standing.phase = name
        self._changed(self.standing)
        while not is_over():
            self._news.clear()
            await self._news.wait()
            if self._failures:
                raise DemoFailed(self._failures[0])

    def _laggards(self) -> str:
        """Say how far each member is."""
        return ", ".join(
            f"{member.name} knows {member.peers} and hears {member.heard} of {self.standing.others}"
            if member.uuid
            else f"{member.name} is not up"
            for member in self.standing.members
        )

    @asynccontextmanager
    async def _members(self) -> AsyncIterator[None]:
        """Have the processes running, and every one of them gone in the end."""
        self._started = time.monotonic()
        hearing: list[asyncio.Task[None]] = []
        try:
            for member in self.standing.members:
                process = await children.start(MEMBER)
                self._processes.append(process)
                self._tell(process, self._role(member))
                hearing.append(asyncio.create_task(self._hear(process, member), name=f"hear {member.name}"))
            yield
        finally:
            for task in hearing:
                task.cancel()
            await asyncio.gather(*hearing, return_exceptions=True)
            await self._dismiss()

    async def _dismiss(self) -> None:
        """Close every member's input, which asks it to leave; end those that do not."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await asyncio.gather(*(children.farewell(process) for process in self._processes))
        finally:
            for process in self._processes:
                await children.end(process)

    def _role(self, member: MemberStanding) -> dict[str, Any]:
        plan = self._plan
        return {
            "name": member.name,
            "mesh": plan.mesh,
            "secret_file": plan.secret_file,
            "interfaces": plan.interfaces,
            "rate": plan.rate,
        }

    def _order(self, what: str, **facts: object) -> None:
        for process in self._processes:
            self._tell(process, {"do": what, **facts})

    def _tell(self, process: Process, words: dict[str, Any]) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(words).encode() + b"\n")

    async def _hear(self, process: Process, member: MemberStanding) -> None:
        """Enter what a member says until it falls silent, which it may not do before it is dismissed."""
        assert process.stdout is not None
        async for line in process.stdout:
            words = json.loads(line)
            if words["say"] == "failed":
                self._failures.append(f"{member.name}: {words['reason']}")
            member.take(words, time.monotonic())
            if self.standing.full_mesh_after is None and self.standing.everybody_knows_everybody():
                self.standing.full_mesh_after = time.monotonic() - self._started
            self._changed(self.standing)
            self._news.set()
        if not self._failures:
            self._failures.append(f"{member.name}: {await children.last_words(process)}")
        self._news.set()
