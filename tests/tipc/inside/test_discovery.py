"""Nodes of a cluster that have no IP find each other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

from covey.discovery.beacon import SealedBeacons
from covey.discovery.sighting import Announcement, Sighting
from covey.discovery.tipc import MeshNames, TipcSource
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret
from covey.transports.tipc.topology import LinkUp, NodeUp, TopologyEvent
from tests.tipc.cluster import Cluster, Node, wait_until_nodes

MEMBER = """
import asyncio, sys, uuid
from covey.discovery.sighting import Announcement
from covey.discovery.tipc import MeshNames, TipcSource

async def main():
    async with TipcSource(Announcement(uuid.UUID(sys.argv[1]), 1), lambda _: None, names=MeshNames.of("lab")):
        print("there", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def member(
    node: Node,
    *,
    mesh: str = "lab",
    secret: Secret | None = None,
    watch: Callable[[TopologyEvent], None] | None = None,
) -> AsyncIterator[tuple[UUID, asyncio.Queue[Sighting]]]:
    """Announce somebody on a node, and give its uuid and what it sights."""
    seen: asyncio.Queue[Sighting] = asyncio.Queue()
    announcement = Announcement(uuid4(), 5000, b"k" * 32 if secret else None)
    codec = SealedBeacons(BeaconSealer(secret, mesh), 1) if secret else None
    source = TipcSource(
        announcement, seen.put_nowait, names=MeshNames.of(mesh, secret), codec=codec, watch=watch
    )
    async with contextlib.AsyncExitStack() as stack:
        with node.entered():
            await stack.enter_async_context(source)
        yield announcement.uuid, seen


async def until(seen: asyncio.Queue[Sighting], wanted: Callable[[Sighting], bool]) -> Sighting:
    async with asyncio.timeout(10):
        while not wanted(sighting := await seen.get()):
            pass
    return sighting


async def test_two_nodes_find_each_other_and_notice_the_end(here: Node, there: Node) -> None:
    async with member(here) as (ours, seen):
        async with member(there) as (theirs, seen_there):
            sighting = await until(seen, lambda found: not found.is_departure)
            assert (sighting.uuid, sighting.via) == (theirs, "tipc")
            assert (await seen_there.get()).uuid == ours
        assert (await until(seen, lambda found: found.is_departure)).uuid == theirs


async def test_members_of_a_secret_mesh_prove_their_keys_and_ignore_others(here: Node, there: Node) -> None:
    secret = Secret.generate()
    async with (
        member(here, secret=secret) as (_, seen),
        member(there, secret=Secret.generate()),
        member(there),
        member(there, secret=secret) as (theirs, _),
    ):
        sighting = await until(seen, lambda found: not found.is_departure)
        assert (sighting.uuid, sighting.public_key) == (theirs, b"k" * 32)
        await until(seen, lambda found: found.uuid == theirs)
        assert seen.empty()


async def test_a_killed_process_departs_within_half_a_second(here: Node, there: Node) -> None:
    uuid = uuid4()
    async with member(here) as (_, seen):
        process = there.spawn_python(MEMBER, str(uuid))
        await until(seen, lambda found: found.uuid == uuid)
        process.kill()
        killed = time.monotonic()
        await until(seen, lambda found: found.is_departure)
        assert time.monotonic() - killed < 0.5
        process.communicate()


async def test_a_cut_link_is_a_departure_and_heals(cluster: Cluster, here: Node, there: Node) -> None:
    events: list[TopologyEvent] = []
    async with member(here, watch=events.append) as (_, seen), member(there) as (theirs, _):
        await until(seen, lambda found: found.uuid == theirs)
        cluster.cut()
        try:
            assert (await until(seen, lambda found: found.is_departure)).uuid == theirs
        finally:
            cluster.restore()
            await asyncio.to_thread(wait_until_nodes, here, 2)
        assert (await until(seen, lambda found: not found.is_departure)).uuid == theirs
    kinds = [type(event).__name__ for event in events]
    assert {"NodeDown", "LinkDown"} <= set(kinds)
    assert isinstance(events[-1], NodeUp | LinkUp)
