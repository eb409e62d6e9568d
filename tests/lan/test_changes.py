"""Addresses and interfaces that change under running nodes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.mesh.conftest import RemoteFactory, remote
from tests.mesh.remote import RemoteNode

__all__ = ["remote"]

pytestmark = pytest.mark.lan


@pytest.fixture(params=["open", "secret"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Arguments of a node of one mesh."""
    if request.param == "open":
        return ["mesh=lab"]
    Secret.generate().save(tmp_path / "secret")
    return ["mesh=lab", f"secret={tmp_path / 'secret'}"]


async def talk(one: RemoteNode, other: RemoteNode, word: str) -> None:
    """Have each whisper to the other."""
    for speaker, listener in ((one, other), (other, one)):
        await speaker.ask("whisper", uuid=listener.uuid, frames=[word])
        assert (await listener.wait_event("Whisper"))["frames"] == [word]


async def until_at(node: RemoteNode, address: str) -> None:
    """Wait until its one peer is at an address."""
    places: list[str] = []
    try:
        async with asyncio.timeout(20):
            while True:
                places = [peer["endpoint"] for peer in await node.ask("peers")]
                if [place.startswith(f"tcp://{address}:") for place in places] == [True]:
                    return
                # a peer that is known by announcements alone moves without a word
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await node.driver.events.get()
    except TimeoutError:
        raise AssertionError(f"not at {address}: {places}") from None


async def test_a_new_address_is_followed(remote: RemoteFactory, lan: LanFactory, options: list[str]) -> None:
    hosts = lan(hosts=2).hosts
    a = await remote("a", hosts[0], *options)
    b = await remote("b", hosts[1], *options)
    await a.wait_event("Entered", name="b")
    await b.wait_event("Entered", name="a")
    hosts[1].change_address("10.77.0.99/24")
    await until_at(a, "10.77.0.99")
    await talk(a, b, "moved")


async def test_a_second_network_is_joined_within_two_seconds(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    hosts = lan(hosts=2).hosts
    hosts[1].remove_interface("eth0")
    hosts[1].add_interface("eth0", "10.79.0.2/24", network="br1")
    a = await remote("a", hosts[0], *options)
    b = await remote("b", hosts[1], *options)
    hosts[0].add_interface("eth1", "10.79.0.1/24", network="br1")
    await a.wait_event("Entered", name="b", timeout=2.0)
    await b.wait_event("Entered", name="a", timeout=2.0)
    await talk(a, b, "joined")


async def test_a_removed_interface_leaves_the_other_one(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    hosts = lan(hosts=2).hosts
    for number, host in enumerate(hosts, 1):
        host.add_interface("eth1", f"10.79.0.{number}/24", network="br1")
    a = await remote("a", hosts[0], *options)
    b = await remote("b", hosts[1], *options)
    await a.wait_event("Entered", name="b")
    await b.wait_event("Entered", name="a")
    hosts[0].remove_interface("eth0")
    hosts[1].remove_interface("eth0")
    await until_at(a, "10.79.0.2")
    await until_at(b, "10.79.0.1")
    await talk(a, b, "still here")
