"""Sealed multicast, once a member is out: it keeps its keys, its process and its socket, and they are worth nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
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

FIVE_SECONDS = 5.0
"""What the issue promises."""
NAMES = ("a", "b", "bad")


def pinned(folder: Path) -> tuple[list[list[str]], Callable[[], None]]:
    """Return the options of members with pinned keys, and what puts `bad` out."""
    pins = Pins(folder)
    for name in NAMES:
        pins.member(name)
    options = [["mesh=lab", f"pinned={pins.pinned},{pins.keys / name}"] for name in NAMES]
    return options, lambda: pins.unpin("bad")


def certified(folder: Path) -> tuple[list[list[str]], Callable[[], None]]:
    """Return the options of members with certificates, and what puts `bad` out."""
    club = Club(folder)
    members = {name: club.member(name) for name in NAMES}

    def revoke() -> None:
        text = enarmor(REVOCATIONS_TITLE, club.revoke(members["bad"]))
        (folder / "b" / REVOCATIONS_FILE).write_text(text)

    return [[f"authority={folder / name}"] for name in NAMES], revoke


async def start(remote: RemoteFactory, lan: LanFactory, options: list[list[str]]) -> list[RemoteNode]:
    """Start the members, each on a host of its own, and have all in one sealed group."""
    nodes = []
    for name, host, choice in zip(NAMES, lan(hosts=3).hosts, options, strict=True):
        nodes.append(node := await remote(name, host, *choice))
        address = "udp://eth0;239.192.7.9:17172"
        await node.ask("seal_enter", group="weather", address=address, clings=name == "bad")
    for node in nodes:
        await node.ask("seal_wait", count=2)
    return nodes


@pytest.mark.parametrize(
    ("mode", "reason"), [(certified, "revoked"), (pinned, "unpinned")], ids=["revoked", "unpinned"]
)
async def test_who_is_out_reads_and_says_nothing_though_it_keeps_its_keys(
    remote: RemoteFactory,
    lan: LanFactory,
    tmp_path: Path,
    mode: Callable[[Path], tuple[list[list[str]], Callable[[], None]]],
    reason: str,
) -> None:
    options, put_out = mode(tmp_path)
    a, b, bad = await start(remote, lan, options)
    await a.ask("seal_send", data="for all")
    for node in (b, bad):
        assert (await node.wait_event("sealed"))["data"] == "for all"
    await bad.ask("seal_send", data="of a member")
    for node in (a, b):
        assert (await node.wait_event("sealed", data="of a member"))["data"]

    began = time.time()
    put_out()
    for node in (a, b):
        gone = await node.wait_event("Exited", name="bad", timeout=FIVE_SECONDS)
        assert gone["reason"] == reason
        await node.ask("seal_wait_gone", uuid=bad.uuid)
    assert time.time() - began < FIVE_SECONDS

    for node in (a, b, bad):
        counts = await node.ask("seal_counts")
        assert (counts["opened"], counts["unknown"], counts["waits"]) == (2 if node is b else 1, 0, False)

    await a.ask("seal_send", data="for members")
    assert (await b.wait_event("sealed"))["data"] == "for members"
    await bad.ask("seal_send", data="lies")
    await b.ask("seal_send", data="the end")
    assert (await a.wait_event("sealed"))["data"] == "the end"
    # A datagram of its own came to each of them for which it has no key: "lies", or what members said.
    for node, opened in ((a, 2), (b, 3), (bad, 1)):
        counts = await node.ask("seal_counts")
        assert counts["opened"] == opened
        assert counts["waits"] or counts["unknown"]
