"""Nodes on hosts of their own: how they find, miss and lose each other, and what a stranger sees."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.lan import Host
from tests.mesh.conftest import RemoteFactory, remote

__all__ = ["remote"]

pytestmark = pytest.mark.lan


@pytest.fixture(params=["open", "secret"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Arguments of a node of one mesh."""
    if request.param == "open":
        return ["mesh=lab"]
    Secret.generate().save(tmp_path / "secret")
    return ["mesh=lab", f"secret={tmp_path / 'secret'}"]


async def test_nodes_on_two_hosts_meet_and_publish(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    hosts = lan(hosts=2).hosts
    a = await remote("a", hosts[0], *options)
    await a.ask("subscribe", topic="temp/")
    b = await remote("b", hosts[1], *options)
    entered = await a.wait_event("Entered", timeout=2.0)
    assert (entered["name"], entered["via"]) in (("b", "beacon"), ("b", "hello"))
    assert entered["endpoint"].startswith(f"tcp://{hosts[1].address}:")
    assert await b.ask("publish", topic="temp/kitchen", data="21.5") == 1
    message = await a.wait_event("message")
    assert (message["topic"], message["data"], message["sender"]) == ("temp/kitchen", "21.5", "b")


async def test_a_killed_node_is_evasive_then_gone_and_a_terminated_one_is_gone_at_once(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    hosts = lan(hosts=2).hosts
    a = await remote("a", hosts[0], *options)
    killed = await remote("killed", hosts[1], *options)
    ended = await remote("ended", hosts[1], *options)
    assert {(await a.wait_event("Entered"))["name"] for _ in range(2)} == {"killed", "ended"}
    killed.driver.program.kill()
    await a.wait_event("Evasive", name="killed", timeout=2.0)
    ended.driver.program.send_signal(signal.SIGTERM)
    gone = [await a.wait_event("Exited", timeout=2.0) for _ in range(2)]
    assert {one["name"]: one["reason"] for one in gone} == {"killed": "link lost", "ended": "goodbye"}
    assert await ended.driver.program.wait(timeout=2.0) == 0


async def test_nodes_survive_a_short_cut_of_the_cable(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    hosts = lan(hosts=2).hosts
    a = await remote("a", hosts[0], *options)
    b = await remote("b", hosts[1], *options)
    await a.wait_event("Entered", name="b")
    await b.wait_event("Entered", name="a")
    hosts[1].cut()
    await asyncio.sleep(2.0)
    hosts[1].heal()
    await a.ask("whisper", uuid=b.uuid, frames=["hello again"])
    assert (await b.wait_event("Whisper"))["frames"] == ["hello again"]
    assert [peer["liveness"] for peer in await a.ask("peers")] == ["alive"]


async def test_ten_nodes_on_four_hosts_form_a_full_mesh(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    hosts = lan(hosts=4).hosts
    names = [f"n{number}" for number in range(10)]
    nodes = await asyncio.gather(*(remote(name, hosts[at % 4], *options) for at, name in enumerate(names)))
    for node in nodes:
        entered = {(await node.wait_event("Entered"))["name"] for _ in range(9)}
        assert len(entered) == 9
    statistics = [await node.ask("statistics") for node in nodes]
    assert all(one["malformed"] == 0 for one in statistics)


@pytest.fixture
def ear() -> Iterator[list[socket.socket]]:
    """Sockets that a test opens on hosts."""
    opened: list[socket.socket] = []
    yield opened
    for one in opened:
        one.close()


def _beacon_socket(host: Host, port: int = 5670) -> socket.socket:
    end = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    end.bind(("", port))
    end.setblocking(False)
    return end


async def test_replayed_beacons_and_departures_disturb_nobody_in_a_secret_mesh(
    remote: RemoteFactory, lan: LanFactory, ear: list[socket.socket], tmp_path: Path
) -> None:
    Secret.generate().save(tmp_path / "secret")
    options = ["mesh=lab", f"secret={tmp_path / 'secret'}"]
    hosts = lan(hosts=3).hosts
    ear.append(_beacon_socket(hosts[2]))
    loop = asyncio.get_running_loop()
    a = await remote("a", hosts[0], *options)
    b = await remote("b", hosts[1], *options)
    short = await remote("short", hosts[1], *options)
    assert {(await a.wait_event("Entered"))["name"] for _ in range(2)} == {"b", "short"}
    short.driver.program.terminate()
    await a.wait_event("Exited", name="short")
    await asyncio.sleep(1.2)
    recorded: list[bytes] = []
    while True:
        try:
            recorded.append(ear[0].recv(2048))
        except BlockingIOError:
            break
    assert len(recorded) >= 6
    assert all(a.uuid not in datagram.hex() and b.uuid not in datagram.hex() for datagram in recorded)
    for datagram in recorded * 3:
        await loop.sock_sendto(ear[0], datagram, ("10.77.0.255", 5670))
    for garbage in (b"", b"ZRE", b"CVY\x01" + bytes(104), bytes(512)):
        await loop.sock_sendto(ear[0], garbage, ("10.77.0.255", 5670))
    late = await remote("late", hosts[0], *options)
    for datagram in recorded * 3:
        await loop.sock_sendto(ear[0], datagram, ("10.77.0.255", 5670))
    names = {(await late.wait_event("Entered"))["name"] for _ in range(2)}
    assert names == {"a", "b"}
    await asyncio.sleep(1.5)
    for node, others in ((a, {"b", "late"}), (b, {"a", "late"}), (late, {"a", "b"})):
        peers = await node.ask("peers")
        assert {peer["name"] for peer in peers} == others
        assert all(peer["endpoint"].split(":")[1] != f"//{hosts[2].address}" for peer in peers)
    await a.ask("whisper", uuid=b.uuid, frames=["undisturbed"])
    assert (await b.wait_event("Whisper"))["frames"] == ["undisturbed"]
    quiet = [event for event in _queued(a) if event["event"] in ("Exited", "Evasive")]
    assert quiet == []


def _queued(node: object) -> list[dict[str, object]]:
    queue = node.driver.events  # type: ignore[attr-defined]
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def test_services_are_found_and_called_across_the_lan_and_a_killed_provider_is_told(
    remote: RemoteFactory, lan: LanFactory, options: list[str]
) -> None:
    hosts = lan(hosts=3).hosts
    a = await remote("a", hosts[0], *options, "evasive=1", "expired=3")
    b, c = await remote("b", hosts[1], *options), await remote("c", hosts[2], *options)
    await b.ask("serve", service="echo")
    assert (await a.wait_event("Offered"))["name"] == "b"
    assert await a.ask("call", service="echo", data="1") == "b 1"
    await c.ask("serve", service="echo")
    assert (await a.wait_event("Offered"))["name"] == "c"
    answers = {await a.ask("call", service="echo", data="2") for _ in range(2)}
    assert answers == {"b 2", "c 2"}
    assert await a.ask("call", service="echo", data="3", peer="c") == "c 3"
    calling = asyncio.create_task(a.ask("call", service="echo", data="never", peer="b"))
    await b.wait_event("called")
    b.driver.program.kill()
    assert await calling == "ProviderGone"
    assert await a.ask("call", service="echo", data="4") == "c 4"


async def test_a_capture_of_a_secret_mesh_holds_nothing_in_clear(
    remote: RemoteFactory, lan: LanFactory, tmp_path: Path
) -> None:
    Secret.generate().save(tmp_path / "secret")
    options = ["mesh=hushmesh", f"secret={tmp_path / 'secret'}"]
    network = lan(hosts=2)
    with network.capture() as capture:
        a = await remote("nodename-a", network.hosts[0], *options, "X-ROLE=roleheader")
        await a.ask("subscribe", topic="secrettopic")
        b = await remote("nodename-b", network.hosts[1], *options)
        await a.wait_event("Entered")
        await a.ask("join", group="hushgroup")
        await b.wait_event("Joined")
        await b.ask("shout", group="hushgroup", frames=["shoutedwords"])
        await a.wait_event("Shout")
        await b.ask("publish", topic="secrettopic/1", data="publishedwords")
        await a.wait_event("message")
        await a.ask("serve", service="hushservice")
        await b.wait_event("Offered")
        assert "askedwords" in await b.ask("call", service="hushservice", data="askedwords")
    octets = b"".join(capture.frames())
    assert len(octets) > 1000
    words = [
        "hushservice",
        "askedwords",
        "nodename",
        "hushmesh",
        "roleheader",
        "secrettopic",
        "hushgroup",
        "shoutedwords",
        "publishedwords",
    ]
    for word in words:
        assert word.encode() not in octets
    for uuid in (a.uuid, b.uuid):
        assert bytes.fromhex(uuid) not in octets
        assert uuid.encode() not in octets.lower()
