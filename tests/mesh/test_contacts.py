"""The directory of a node, and trying lost nodes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from covey.discovery.directory import ChangeKind
from covey.discovery.sighting import Sighting
from covey.mesh import Node, contacts
from covey.mesh.change_stream import ChangeHub
from covey.mesh.contacts import Contacts
from covey.mesh.events import Entered, Exited
from covey.mesh.peers import Liveness, Peer

A = UUID(int=1)
HOME, AWAY = "tcp://10.0.0.1:1", "tcp://10.1.0.1:1"
PEER = Peer(A, "a", HOME)


@pytest.fixture
def met() -> list[Sighting]:
    return []


@pytest.fixture
async def book(met: list[Sighting], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Contacts]:
    monkeypatch.setattr(contacts, "_FIRST_RETRY", 0.01)
    made = Contacts(met.append, ChangeHub())
    yield made
    made.close()


async def lose(book: Contacts, via: str, reason: str) -> None:
    now = asyncio.get_running_loop().time()
    book.sighted(Sighting(A, via, HOME), now)
    book.sighted(Sighting(A, via, AWAY), now)
    book.happened(Entered(PEER), now)
    book.happened(Exited(PEER, reason), now)
    await asyncio.sleep(0.05)


async def test_who_was_found_by_gossip_and_lost_is_tried_again_everywhere(
    book: Contacts, met: list[Sighting]
) -> None:
    await lose(book, "gossip", "link lost")
    assert {one.endpoint for one in met} == {HOME, AWAY}
    book.happened(Entered(PEER), asyncio.get_running_loop().time())
    tried = len(met)
    await asyncio.sleep(0.1)
    assert len(met) == tried


@pytest.mark.parametrize(("via", "reason"), [("gossip", "goodbye"), ("gossip", "restarted")])
async def test_who_left_or_came_back_is_not_tried(
    book: Contacts, met: list[Sighting], via: str, reason: str
) -> None:
    await lose(book, via, reason)
    assert met == []


async def test_a_node_shows_whom_it_knows_and_what_changes() -> None:
    async with Node("a", interface="lo", discover="beacon") as a:
        changes = a.directory_changes()
        async with Node("b", mesh="covey", interface="lo", discover="beacon") as b:
            await a.wait_for_peers(1, timeout=5)
            change = await anext(changes)
            assert (change.kind, change.record.uuid) == (ChangeKind.APPEARED, b.uuid)
            [known] = a.directory()
            assert (known.uuid, known.name, known.mesh) == (b.uuid, "b", "covey")
            assert set(known.via) <= {"beacon", "hello"}
            assert known.liveness is Liveness.ALIVE
            assert b.endpoint in known.endpoints
            assert 0 <= known.last_seen - known.first_seen < 5
        async for change in changes:
            if change.kind is ChangeKind.DEPARTED:
                break
        assert a.directory() == ()
    assert [change async for change in changes] == []
