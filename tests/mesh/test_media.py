from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest

from covey.discovery.sighting import Announcement, Sighting
from covey.errors import ResourceError, UsageError
from covey.mesh import Node, media
from covey.mesh.config import Discover, chosen
from covey.mesh.late_mdns import LateMdns
from covey.mesh.media import is_in_cluster, usual_media
from covey.mesh.medium import ListeningMedium, Surroundings
from covey.security.secret import Secret
from covey.transports.tipc import availability
from covey.transports.tipc.availability import Availability
from tests.lan.host import environment


def test_a_kernel_that_has_not_loaded_tipc_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocols = tmp_path / "protocols"
    protocols.write_text("protocol  size sockets\nTCP       2000  5\n")
    monkeypatch.setattr(media, "_PROTOCOLS", str(protocols))
    assert not is_in_cluster()
    monkeypatch.setattr(media, "_PROTOCOLS", str(tmp_path / "missing"))
    assert not is_in_cluster()


@pytest.mark.parametrize("is_member", [False, True])
async def test_the_cluster_is_used_by_those_who_are_in_one(
    is_member: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "knows_tipc", lambda: True)
    monkeypatch.setattr(media, "is_in_cluster", lambda: is_member)
    chosen = await usual_media(Discover(), Surroundings((), None, "lab"))
    assert sum(isinstance(each, ListeningMedium) for each in chosen) == is_member


@pytest.fixture
def _no_tipc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel say that it has none, whatever it has."""
    nothing = Availability(available=False, reason="load it with `modprobe tipc`")
    monkeypatch.setattr(availability, "probe", lambda: nothing)


@pytest.mark.usefixtures("_no_tipc")
async def test_a_node_that_was_given_tipc_alone_fails_where_there_is_none() -> None:
    with pytest.raises(ResourceError, match="modprobe tipc"):
        await node(discover="tipc").__aenter__()


@pytest.mark.usefixtures("_no_tipc")
async def test_a_node_that_has_others_goes_on_without_tipc_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with node(discover=("beacon", "tipc")):
        assert "modprobe tipc" in caplog.text


async def test_tipc_chosen_by_name_is_used_without_a_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "probe", lambda: Availability(available=True))
    (medium,) = await usual_media(Discover(("tipc",)), Surroundings((), None, "lab"))
    assert isinstance(medium, ListeningMedium)


def test_what_needs_a_place_is_read_when_the_node_is_made() -> None:
    discover = chosen("beacon", ["a", "b:7"], "tcp://*:5999", "c")
    assert discover.media == ("beacon",)
    assert discover.seeds == ("tcp://a:5670", "tcp://b:7")
    assert (discover.gossip_bind, discover.gossip_connect) == ("tcp://*:5999", ("tcp://c:5670",))


@pytest.mark.parametrize(("media", "seeds"), [("beacons", ()), ("beacon", "tcp://")])
def test_what_cannot_be_read_is_refused(media: str, seeds: str) -> None:
    with pytest.raises(UsageError):
        chosen(media, seeds, None, ())


async def test_a_start_imports_no_mdns_and_no_gossip() -> None:
    program = """
import asyncio, sys, covey
async def main():
    async with covey.Node(interface="lo", discover=("beacon", "mdns")):
        await asyncio.sleep(0.2)
        print(sorted(name for name in sys.modules if "mdns" in name or "gossip" in name or "zeroconf" in name))
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env=environment()
    )
    printed, _ = await process.communicate()
    assert printed.decode().strip() == "['covey.mesh.late_mdns']"


def seen_by_nobody(_: Sighting) -> None:
    """Take no sighting."""


async def test_mdns_waits_longer_when_others_come_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    source = AsyncMock()
    monkeypatch.setattr("covey.mesh.late_mdns.DELAY", 0.0)
    monkeypatch.setattr("covey.mesh.late_mdns._SPREAD", 0.01)
    monkeypatch.setattr("random.random", lambda: 1.0)
    monkeypatch.setattr("covey.discovery.mdns.MdnsSource", lambda *_, **__: source)
    seen: list[tuple[int, bool]] = []

    def crowd() -> int:
        seen.append((min(len(seen) + 1, 3), source.__aenter__.called))
        return seen[-1][0]

    loop = asyncio.get_running_loop()
    began = loop.time()
    entered = loop.create_future()
    source.__aenter__.side_effect = lambda: entered.set_result(loop.time() - began)
    async with LateMdns(
        Announcement(uuid4(), 4000), seen_by_nobody, Surroundings((), None, "lab", crowd=crowd)
    ):
        assert await entered >= 0.09
    assert [count for count, _ in seen[:3]] == [1, 2, 3]
    assert not any(started for _, started in seen)


def node(**options: object) -> Node:
    return Node(interface="lo", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", [None, Secret.generate()], ids=["open", "secret"])
async def test_members_are_introduced_to_who_asks_one_of_them(secret: Secret | None) -> None:
    async with (
        node(name="a", secret=secret, discover="beacon", gossip_bind="tcp://127.0.0.1:5691") as a,
        node(name="late", secret=secret, discover=()) as late,
    ):
        assert a.peers() == late.peers() == ()
        await late.connect("tcp://127.0.0.1:5691")
        await late.connect("tcp://127.0.0.1:5691")
        await asyncio.gather(late.wait_for_peers(1, timeout=5), a.wait_for_peers(1, timeout=5))
        assert [(peer.name, peer.via) for peer in late.peers()] in ([("a", "manual")], [("a", "hello")])


async def test_a_mailbox_is_connected_by_its_uuid() -> None:
    async with node(name="a", discover=()) as a, node(name="b", discover=()) as b:
        await b.connect(a.endpoint, uuid=a.uuid)
        await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
        assert b.peers()[0].via in ("manual", "hello")


async def test_a_mailbox_of_a_secret_mesh_needs_its_key() -> None:
    secret = Secret.generate()
    async with node(secret=secret, discover=()) as a, node(secret=secret, discover=()) as b:
        with pytest.raises(UsageError, match="public_key"):
            await b.connect(a.endpoint, uuid=a.uuid)
        await b.connect(a.endpoint, uuid=a.uuid, public_key=a.public_key)
        await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
