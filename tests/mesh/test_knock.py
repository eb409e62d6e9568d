"""Knocking at mailboxes, and what the kernel says where no process does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from covey.discovery.liveness import Evidence
from covey.mesh.knock import knock
from covey.messaging import Router


class Visit:
    """A knock under way at a port that listens and, like a stopped process, does no more."""

    def __init__(self) -> None:
        self.silent = socket.create_server(("127.0.0.1", 0))
        self.silent.setblocking(False)
        self.endpoint = f"tcp://127.0.0.1:{self.silent.getsockname()[1]}"
        self.accepted = asyncio.Event()

    async def knock(self, patience: float = 1.0) -> Evidence:
        return await knock(self.endpoint, patience, self.accepted.set)


@pytest.fixture
def visit() -> Iterator[Visit]:
    visit = Visit()
    with visit.silent:
        yield visit


async def test_a_live_mailbox_greets(visit: Visit) -> None:
    async with Router() as router:
        visit.endpoint = await router.bind("tcp://127.0.0.1:*")
        assert await visit.knock() is Evidence.GREETS
    assert visit.accepted.is_set()


async def test_a_port_that_nobody_has_refuses(visit: Visit) -> None:
    visit.silent.close()
    assert await visit.knock() is Evidence.REFUSED
    assert not visit.accepted.is_set()


async def test_a_stopped_process_accepts_and_its_end_is_told_at_once(visit: Visit) -> None:
    async with asyncio.TaskGroup() as tasks:
        knocking = tasks.create_task(visit.knock())
        await visit.accepted.wait()
        visit.silent.close()
        assert await knocking is Evidence.REFUSED


async def test_a_process_that_goes_on_greets(visit: Visit) -> None:
    async with asyncio.TaskGroup() as tasks:
        knocking = tasks.create_task(visit.knock())
        await visit.accepted.wait()
        line, _ = visit.silent.accept()
        with line:
            line.send(b"\xff")
            assert await knocking is Evidence.GREETS


async def test_one_that_turns_everybody_away_is_there_all_the_same(visit: Visit) -> None:
    loop = asyncio.get_running_loop()
    loop.add_reader(visit.silent.fileno(), lambda: visit.silent.accept()[0].close())
    try:
        assert await visit.knock() is Evidence.ACCEPTS
    finally:
        loop.remove_reader(visit.silent.fileno())


async def test_a_machine_that_is_not_there_is_silent(monkeypatch: pytest.MonkeyPatch, visit: Visit) -> None:
    # 203.0.113.0/24 is nobody's, and in the tests' network there is no way to it.
    visit.endpoint = "tcp://203.0.113.1:7000"
    assert await visit.knock(0.1) is Evidence.SILENT
    visit.endpoint = "tcp://nobody.invalid:7000"
    assert await visit.knock(0.1) is Evidence.SILENT
