"""Knocking at mailboxes."""

from __future__ import annotations

import asyncio
import socket
from uuid import UUID

from covey.discovery.liveness import Evidence
from covey.mesh.examiner import Examiner, knock
from covey.messaging import Router


async def test_a_live_mailbox_greets() -> None:
    async with Router() as router:
        endpoint = await router.bind("tcp://127.0.0.1:*")
        assert await knock(endpoint) is Evidence.GREETS


async def test_a_port_that_nobody_has_refuses() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert await knock(f"tcp://127.0.0.1:{taken.getsockname()[1]}") is Evidence.REFUSED


async def test_a_stopped_process_still_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert await knock(f"tcp://127.0.0.1:{silent.getsockname()[1]}") is Evidence.ACCEPTS


async def test_a_peer_is_examined_once_at_a_time_and_never_in_a_cluster() -> None:
    found: list[tuple[UUID, Evidence]] = []
    told = asyncio.Event()

    def report(uuid: UUID, evidence: Evidence) -> None:
        found.append((uuid, evidence))
        told.set()

    async with Router() as router, asyncio.TaskGroup() as tasks:
        endpoint = await router.bind("tcp://127.0.0.1:*")
        examiner = Examiner(tasks, report)
        examiner.examine(UUID(int=1), endpoint)
        examiner.examine(UUID(int=1), endpoint)
        examiner.examine(UUID(int=2), "tipc://{1,2}")
        await told.wait()
        examiner.close()
    assert found == [(UUID(int=1), Evidence.GREETS)]
