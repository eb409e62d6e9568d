"""Programs with libzmq among members with lasting keys: by CURVE, if their key is pinned, or certified as a guest's."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import covey
from covey.mesh import Node, Offence, Refused
from covey.mesh.authority_trust import AuthorityTrust
from covey.mesh.key_trust import KeyTrust
from covey.mesh.pinned_trust import PinnedTrust
from covey.messaging.events import HandshakeFailure
from covey.security.curve.keys import CurveKeys
from covey.security.trust.armor import enarmor
from covey.security.trust.authority import Authority
from covey.security.trust.certificate import Certificate
from covey.security.trust.issuer import CERTIFICATE_TITLE
from covey.security.trust.patterns import NOTHING, Patterns
from covey.security.trust.permissions import Permissions
from covey.security.trust.pinned import Pinned
from tests.interop.conftest import LibzmqFactory
from tests.interop.libzmq import LibzmqSocket
from tests.mesh.key_helpers import Club, Pins
from tests.mesh.test_node import until

pytestmark = pytest.mark.interop

Mode = Callable[[Path, CurveKeys], tuple[Pinned | Authority, Path, Callable[[], None]]]
"""From a folder and a guest's keys to a member's trust, the file that lets the guest in, and what writes that."""
TEMPERATURES = Permissions(NOTHING, Patterns(("temp/**",)), NOTHING, NOTHING, NOTHING)


def pinned(folder: Path, guest: CurveKeys) -> tuple[Pinned | Authority, Path, Callable[[], None]]:
    pins = Pins(folder)
    member = pins.member("a")
    path = pins.pinned / "guest"
    text = f'metadata\n    name = "guest"\ncurve\n    public-key = "{guest.public}"\n'
    return member, path, lambda: _put(path, text)


def certified(folder: Path, guest: CurveKeys) -> tuple[Pinned | Authority, Path, Callable[[], None]]:
    club = Club(folder)
    member = club.member("a")
    now = int(time.time())
    keys = (guest.public_bytes, club.issuer.public_key)
    certificate = Certificate(
        "lab", "guest", os.urandom(8), now - 10, now + 3600, *keys, ("guest",), TEMPERATURES
    )
    text = enarmor(CERTIFICATE_TITLE, club.issuer.certify(certificate).encode())
    path = folder / "a" / "reader.guest"
    return member, path, lambda: _put(path, text)


def _put(path: Path, text: str) -> None:
    copy = path.with_name(".copy")
    copy.write_text(text)
    os.rename(copy, path)


def trust_of(member: Pinned | Authority) -> KeyTrust:
    return PinnedTrust(member, "lab") if isinstance(member, Pinned) else AuthorityTrust(member, "lab")


both = pytest.mark.parametrize("mode", [pinned, certified])


@both
async def test_libzmqs_sub_reads_a_members_topics_while_its_key_is_let_in(
    debian_libzmq: LibzmqFactory, loopback: str, tmp_path: Path, mode: Mode
) -> None:
    peer = await debian_libzmq()
    guest = CurveKeys(*await peer.curve_keypair())
    member, path, let_in = mode(tmp_path, guest)
    node = Node("a", mesh="lab", trust=member, interface=loopback, discover="beacon")
    async with asyncio.timeout(20), node:
        events = node.events()
        own = {"curve_publickey": guest.public, "curve_secretkey": guest.secret}
        sub = await peer.open("SUB", **own, curve_serverkey=member.keys.public, subscribe="")
        await sub.connect(f"tcp://127.0.0.1:{node.topics_port}")
        refused = await until(events, Refused, offence=Offence.HANDSHAKE)
        assert "no certificate" in refused.reason or "an unknown key" in refused.reason
        let_in()
        sub = await peer.open("SUB", **own, curve_serverkey=member.keys.public, subscribe="")
        await sub.watch()
        while not await _connects(sub, node.topics_port):
            pass  # the file was not read yet, and libzmq does not try again where it was refused for good
        await node.wait_subscribed("temp/oven", timeout=5)
        if mode is certified:
            await node.publish("alarm", b"not for guests")
        await node.publish("temp/oven", b"180")
        assert await sub.recv() == [b"temp/oven", b"180"]
        path.unlink()
        await sub.wait_event("DISCONNECTED")


async def _connects(sub: LibzmqSocket, port: int) -> bool:
    """Connect, and return whether it was let in."""
    endpoint = f"tcp://127.0.0.1:{port}"
    await sub.connect(endpoint)
    try:
        await sub.wait_event("HANDSHAKE_SUCCEEDED", timeout=0.3)
    except TimeoutError:
        await sub.disconnect(endpoint)
        return False
    return True


@both
async def test_a_member_connects_to_libzmqs_server_if_its_key_is_let_in(
    debian_libzmq: LibzmqFactory, tmp_path: Path, mode: Mode
) -> None:
    peer = await debian_libzmq()
    guest = CurveKeys(*await peer.curve_keypair())
    member, _, let_in = mode(tmp_path, guest)
    pub = await peer.open("PUSH", curve_server=1, curve_publickey=guest.public, curve_secretkey=guest.secret)
    endpoint = await pub.bind()
    async with asyncio.timeout(20):
        async with covey.Pull(security=trust_of(member).client_security(guest.public_bytes)) as pull:
            events = pull.events()
            await pull.connect(endpoint)
            async for event in events:
                if isinstance(event, HandshakeFailure) and "the server is refused" in event.reason:
                    assert "no certificate" in event.reason or "an unknown key" in event.reason
                    break
        let_in()
        fresh = (
            Pinned(member.directory, member.keys)
            if isinstance(member, Pinned)
            else Authority(member.directory)
        )
        async with covey.Pull(security=trust_of(fresh).client_security(guest.public_bytes)) as pull:
            await pull.connect(endpoint)
            await pub.send(b"by CURVE")
            assert await pull.recv() == b"by CURVE"
