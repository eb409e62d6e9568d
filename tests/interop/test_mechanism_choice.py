"""One port for NOISE and CURVE: libzmq clients and libzmq servers among the members of a secret mesh."""

from __future__ import annotations

import asyncio

import pytest

import covey
from covey.security.mesh_trust import MeshTrust
from covey.security.secret import Secret
from covey.security.z85 import decode_z85
from tests.interop.conftest import LibzmqFactory

pytestmark = pytest.mark.interop


async def test_libzmq_and_a_member_talk_to_the_same_port(libzmq: LibzmqFactory) -> None:
    secret = Secret.generate()
    home, away = MeshTrust(secret, "lab"), MeshTrust(secret, "lab")
    peer = await libzmq()
    public, private = await peer.curve_keypair()
    home.admit(decode_z85(public))
    stranger_public, stranger_private = await peer.curve_keypair()
    async with (
        asyncio.timeout(20),
        covey.Pull(security=home.server_security(), peer_info=True) as pull,
        covey.Push(security=away.client_security(home.keys.public_bytes)) as push,
    ):
        endpoint = await pull.bind("tcp://127.0.0.1:*")
        server = {"curve_serverkey": home.keys.public}
        stranger = await peer.open(
            "PUSH", **server, curve_publickey=stranger_public, curve_secretkey=stranger_private
        )
        await stranger.connect(endpoint)
        foreign = await peer.open("PUSH", **server, curve_publickey=public, curve_secretkey=private)
        await foreign.connect(endpoint)
        await push.connect(endpoint)
        await push.send(b"member")
        await foreign.send(b"libzmq")
        heard = {}
        for _ in range(2):
            message = await pull.recv_message()
            assert message.peer is not None
            heard[message.frames[0]] = message.peer.mechanism
        assert heard == {b"member": "NOISE", b"libzmq": "CURVE"}


async def test_a_member_reaches_an_admitted_libzmq_server(libzmq: LibzmqFactory) -> None:
    trust = MeshTrust(Secret.generate(), "lab")
    peer = await libzmq()
    public, private = await peer.curve_keypair()
    trust.admit(decode_z85(public))
    pull = await peer.open("PULL", curve_server=1, curve_secretkey=private)
    endpoint = await pull.bind()
    async with asyncio.timeout(20), covey.Push(security=trust.client_security(decode_z85(public))) as push:
        await push.connect(endpoint)
        await push.send(b"hello")
        assert await pull.recv() == [b"hello"]
