"""The command line on two TIPC nodes that have no IP at all, not even loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import covey
from tests.tipc.cluster import Cluster, Node, wait_until_nodes
from tests.tipc.inside.conftest import TOLERANCE_MS

COVEY = [sys.executable, "-m", "covey"]


@pytest.fixture(scope="module")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "lab.secret"
    covey.Secret.generate().save(path)
    return path


@contextlib.asynccontextmanager
async def running(node: Node, *argv: str) -> AsyncIterator[Process]:
    """Run `covey` on a node, and kill it in the end."""
    process = await asyncio.create_subprocess_exec(*node.command([*COVEY, *argv]), stdout=PIPE)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def until(process: Process, *kinds: str) -> dict[str, dict[str, Any]]:
    """Read events until one of each kind has come, in any order; return the last of each."""
    assert process.stdout is not None
    found: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(20):
        while not found.keys() >= set(kinds):
            line = await process.stdout.readline()
            assert line, f"no {kinds}, and no more events"
            event = json.loads(line)
            found[event["event"]] = event
    return found


def test_there_is_no_ip(cluster: Cluster) -> None:
    for node in cluster.nodes:
        assert "inet" not in node.run("ip", "address")
        assert node.run("ip", "route") == node.run("ip", "-6", "route") == ""


async def test_agents_meet_lose_and_regain_each_other(cluster: Cluster, secret_file: Path) -> None:
    here, there = cluster.nodes
    agent = ["agent", "--json", "--mesh", "lab", "--secret-file", str(secret_file), "--name"]
    async with running(here, *agent, "here") as near:
        events = await until(near, "started", "node_up", "link_up")
        link = {"name": cluster.link(here), "up": True, "tolerance_ms": TOLERANCE_MS}
        tipc = events["started"]["tipc"]
        assert (tipc["available"], tipc["identity"], tipc["links"]) == (True, here.name, [link])
        assert tipc["bearers"] == [f"eth:{here.device}"]
        assert events["node_up"]["identity"] == there.name
        assert events["link_up"]["link"] == link["name"]

        async with running(there, *agent, "there") as far:
            entered = (await until(near, "entered"))["entered"]
            assert (entered["name"], entered["endpoint"][:7]) == ("there", "tipc://")
            assert (await until(far, "entered"))["entered"]["name"] == "here"
            far.kill()
            killed = time.time()
            exited = (await until(near, "exited"))["exited"]
            assert (exited["name"], exited["reason"]) == ("there", "withdrawn")
            assert exited["time"] - killed < 0.5

        async with running(there, *agent, "again") as far:
            await asyncio.gather(until(near, "entered"), until(far, "entered"))
            try:
                cluster.cut()
                cut = time.time()
                events = await until(near, "exited", "link_down", "node_down")
                assert events["link_down"]["link"] == link["name"]
                assert events["node_down"]["identity"] == there.name
                # The kernel counts five to six silent quarters of the tolerance.
                assert max(event["time"] for event in events.values()) - cut < 2 * TOLERANCE_MS / 1000
                assert events["exited"]["reason"] == "out of reach"
                await until(far, "exited")
            finally:
                cluster.restore()
                await asyncio.to_thread(wait_until_nodes, here, 2)
            events = await until(near, "entered", "link_up", "node_up")
            assert events["entered"]["name"] == "again"
            assert (await until(far, "entered"))["entered"]["name"] == "here"


async def test_what_one_publishes_the_other_prints(cluster: Cluster, secret_file: Path) -> None:
    here, there = cluster.nodes
    mesh = ["--mesh", "lab", "--secret-file", str(secret_file)]
    async with (
        asyncio.timeout(60),
        running(there, "sub", "temp/", "--count", "1", *mesh) as sub,
        running(here, "pub", "temp/kitchen", "21.5", "--wait", "30", *mesh) as pub,
    ):
        assert await pub.wait() == 0
        assert (await sub.communicate())[0] == b"temp/kitchen 21.5\n"
        assert sub.returncode == 0
