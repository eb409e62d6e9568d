"""Examining peers."""

from __future__ import annotations

import asyncio
import socket
from uuid import UUID

from covey.discovery.liveness import Evidence
from covey.mesh.examiner import Examiner
from covey.messaging import Router


async def test_a_peer_is_examined_once_at_a_time_and_never_in_a_cluster() -> None:
    found: list[tuple[UUID, Evidence]] = []
    told = asyncio.Event()

    def report(uuid: UUID, evidence: Evidence) -> None:
        found.append((uuid, evidence))
        if evidence is not Evidence.ACCEPTS:
            told.set()

    async with Router() as router, asyncio.TaskGroup() as tasks:
        endpoint = await router.bind("tcp://127.0.0.1:*")
        examiner = Examiner(tasks, report)
        examiner.examine(UUID(int=1), endpoint, 1.0)
        examiner.examine(UUID(int=1), endpoint, 1.0)
        examiner.examine(UUID(int=2), "tipc://{1,2}", 1.0)
        await told.wait()
        examiner.close()
    assert found == [(UUID(int=1), Evidence.ACCEPTS), (UUID(int=1), Evidence.GREETS)]


async def test_a_report_may_have_a_peer_examined_again() -> None:
    found: list[Evidence] = []
    told = asyncio.Event()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"

        def report(uuid: UUID, evidence: Evidence) -> None:
            found.append(evidence)
            if len(found) < 3:
                examiner.examine(uuid, endpoint, 1.0)
            else:
                told.set()

        async with asyncio.TaskGroup() as tasks:
            examiner = Examiner(tasks, report)
            examiner.examine(UUID(int=1), endpoint, 1.0)
            await told.wait()
    assert found == [Evidence.REFUSED] * 3


async def test_of_a_crowd_everybody_has_a_turn() -> None:
    found: set[UUID] = set()
    told = asyncio.Event()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"

        def report(uuid: UUID, evidence: Evidence) -> None:
            found.add(uuid)
            if len(found) == 300:
                told.set()

        async with asyncio.TaskGroup() as tasks:
            examiner = Examiner(tasks, report)
            for number in range(300):
                examiner.examine(UUID(int=number), endpoint, 5.0)
            await told.wait()


async def test_what_a_visit_under_way_knows_is_told_to_whoever_asks_later() -> None:
    found: list[Evidence] = []
    told = asyncio.Event()

    def report(_: UUID, evidence: Evidence) -> None:
        found.append(evidence)
        told.set()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        async with asyncio.TaskGroup() as tasks:
            examiner = Examiner(tasks, report)
            for _ in range(2):
                told.clear()
                examiner.examine(UUID(int=1), endpoint, 1.0)
                await told.wait()
            examiner.close()
    assert found == [Evidence.ACCEPTS] * 2
