"""Meshes of pinned and of certified members on hosts of their own."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest

from covey.security.trust.armor import enarmor
from covey.security.trust.authority import REVOCATIONS_FILE
from covey.security.trust.issuer import REVOCATIONS_TITLE
from tests.conftest import LanFactory
from tests.mesh.conftest import RemoteFactory, remote
from tests.mesh.key_helpers import Club, Pins
from tests.mesh.remote import RemoteNode

__all__ = ["remote"]

pytestmark = pytest.mark.lan

SECOND, FIVE_SECONDS = 1.0, 5.0
"""What the issue promises."""
SYN_ACK = 0x12


@pytest.mark.parametrize("mode", ["pinned", "authority"])
async def test_a_capture_holds_nothing_in_clear(
    remote: RemoteFactory, lan: LanFactory, tmp_path: Path, mode: str
) -> None:
    pins, club = Pins(tmp_path), Club(tmp_path, "hushmesh")
    names = ("nodename-a", "nodename-b")
    options, keys = [], []
    for name in names:
        if mode == "pinned":
            keys.append(pins.member(name).keys)
            options.append(["mesh=hushmesh", f"pinned={pins.pinned},{pins.keys / name}"])
        else:
            keys.append(club.member(name).keys)
            options.append([f"authority={tmp_path / name}"])
    network = lan(hosts=2)
    with network.capture() as capture:
        a = await remote(names[0], network.hosts[0], *options[0], "X-ROLE=roleheader")
        await a.ask("subscribe", topic="secrettopic")
        b = await remote(names[1], network.hosts[1], *options[1])
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
    for word in ("nodename", "hushmesh", "roleheader", "secrettopic", "hushgroup", "hushservice", "words"):
        assert word.encode() not in octets
    for uuid in (a.uuid, b.uuid):
        assert bytes.fromhex(uuid) not in octets
    for each in keys:
        assert each.public.encode() not in octets
        assert each.public_bytes not in octets


async def test_pins_take_effect_within_a_second(
    remote: RemoteFactory, lan: LanFactory, tmp_path: Path
) -> None:
    pins = Pins(tmp_path)
    hosts = lan(hosts=2).hosts
    nodes = []
    for name, host, pin in (("a", hosts[0], True), ("b", hosts[1], False)):
        pins.member(name, pin=pin)
        nodes.append(await remote(name, host, "mesh=lab", f"pinned={pins.pinned},{pins.keys / name}"))
    a, _ = nodes
    await a.wait_event("Refused", offence="handshake")
    pins.pin("b")
    assert (await a.wait_event("Entered", timeout=4.0))["name"] == "b"
    began = time.time()
    pins.unpin("b")
    gone = await a.wait_event("Exited", timeout=4.0)
    assert (gone["name"], gone["reason"]) == ("b", "unpinned")
    assert gone["at"] - began < SECOND
    assert await a.ask("peers") == []


async def test_a_revoked_member_is_cut_off_within_five_seconds(
    remote: RemoteFactory, lan: LanFactory, tmp_path: Path
) -> None:
    club = Club(tmp_path)
    names = ("a", "b", "c", "bad")
    members = {name: club.member(name) for name in names}
    hosts = lan(hosts=4).hosts
    nodes: dict[str, RemoteNode] = {}
    for name, host in zip(names, hosts, strict=True):
        nodes[name] = await remote(name, host, f"authority={tmp_path / name}")
    for node in nodes.values():
        await node.ask("subscribe", topic="")
    honest = [nodes[name] for name in "abc"]
    for node in honest:
        while (await node.wait_event("Entered"))["name"] != "bad":
            pass
        await node.ask("wait_subscribed", topic="t", count=3)
    began = time.time()
    text = enarmor(REVOCATIONS_TITLE, club.revoke(members["bad"]))
    (tmp_path / "b" / REVOCATIONS_FILE).write_text(text)
    for node in honest:
        gone = await node.wait_event("Exited", name="bad", timeout=FIVE_SECONDS)
        assert gone["reason"] == "revoked"
        assert gone["at"] - began < FIVE_SECONDS
    assert await nodes["a"].ask("publish", topic="t", data="for members") == 2
    while await nodes["bad"].ask("publish", topic="t", data="lies"):  # until it knows that all hung up
        assert time.time() - began < FIVE_SECONDS
    assert (await nodes["c"].wait_event("message"))["data"] == "for members"
    refused = await nodes["a"].wait_event("Refused", offence="revoked")
    assert (refused["who"], refused["source"].split(":")[0]) == ("bad", hosts[3].address)
    assert {peer["name"] for peer in await nodes["a"].ask("peers")} == {"b", "c"}


@pytest.mark.parametrize("mode", ["pinned", "authority"])
async def test_members_on_one_link_know_and_miss_each_other_without_a_connection(
    remote: RemoteFactory, lan: LanFactory, tmp_path: Path, mode: str
) -> None:
    names, options = ("a", "b", "c"), {}
    if mode == "pinned":
        pins = Pins(tmp_path)
        for name in names:
            pins.member(name)
            options[name] = ["mesh=lab", f"pinned={pins.pinned},{pins.keys / name}"]
    else:
        club = Club(tmp_path)
        for name in names:
            club.member(name)
            options[name] = [f"authority={tmp_path / name}"]
    network = lan(hosts=3)
    with network.capture() as capture:
        nodes = {}
        for name, host in zip(names, network.hosts, strict=True):
            nodes[name] = await remote(name, host, *options[name])
        a = nodes["a"]
        assert {(await a.wait_event("Entered"))["name"] for _ in "bc"} == {"b", "c"}
        await nodes["b"].ask("join", group="hushgroup")
        assert (await a.wait_event("Joined"))["name"] == "b"
        await nodes["b"].ask("serve", service="hushservice")
        assert (await a.wait_event("Offered"))["name"] == "b"
        nodes["b"].driver.program.kill()
        await a.wait_event("Evasive", name="b", timeout=4.0)
        assert (await a.wait_event("Exited", name="b", timeout=4.0))["reason"] == "link lost"
        nodes["c"].driver.program.send_signal(signal.SIGTERM)
        assert (await a.wait_event("Exited", name="c", timeout=4.0))["reason"] == "goodbye"
    frames = capture.frames()
    assert [frame for frame in frames if _accepts_a_connection(frame)] == []
    for word in (b"hushgroup", b"hushservice"):
        assert word not in b"".join(frames)


def _accepts_a_connection(frame: bytes) -> bool:
    """Whether an Ethernet frame is a SYN with ACK of TCP over IPv4; ports answer without a process, too."""
    is_tcp = frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_TCP
    return is_tcp and frame[47] & SYN_ACK == SYN_ACK
