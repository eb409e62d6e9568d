"""NOISE under real sockets on loopback."""

from __future__ import annotations

import asyncio

import pytest

import covey
from covey.security.curve.keys import CurveKeys
from covey.security.mechanism import AuthenticationReply, Security
from covey.security.noise.client import NoiseClient
from covey.security.noise.server import NoiseServer

SERVER = CurveKeys.generate()
CLIENT = CurveKeys.generate()
PSK = bytes(range(32))


def known(key: bytes) -> bool:
    return key == SERVER.public_bytes


PAIRS = {
    "XX": (NoiseClient(CLIENT, is_trusted=known), NoiseServer(SERVER)),
    "IK": (NoiseClient(CLIENT, SERVER.public), NoiseServer(SERVER, lambda request: AuthenticationReply(200))),
    "XXpsk3": (NoiseClient(CLIENT, psk=PSK, cipher="ChaChaPoly"), NoiseServer(SERVER, psk=PSK)),
}


@pytest.mark.parametrize("pattern", PAIRS)
async def test_messages_cross(pattern: str) -> None:
    client, server = PAIRS[pattern]
    async with (
        asyncio.timeout(10),
        covey.Router(security=server) as router,
        covey.Dealer(security=client) as dealer,
    ):
        await dealer.connect(await router.bind("tcp://127.0.0.1:*"))
        for size in (0, 1, 70_000, 1_000_000):
            await dealer.send_multipart([b"part", bytes(size)])
            peer, *parts = await router.recv_multipart()
            assert parts == [b"part", bytes(size)]
            await router.send_multipart([peer, bytes(size), b"back"])
            assert await dealer.recv_multipart() == [bytes(size), b"back"]


async def test_subscriptions_cross() -> None:
    client, server = PAIRS["XXpsk3"]
    async with asyncio.timeout(10), covey.Pub(security=server) as pub, covey.Sub(security=client) as sub:
        sub.subscribe(b"temp/")
        await sub.connect(await pub.bind("tcp://127.0.0.1:*"))
        await pub.wait_subscribed(b"temp/")
        await pub.send(b"temp/kitchen")
        assert await sub.recv() == b"temp/kitchen"


@pytest.mark.parametrize(
    "stranger",
    [NoiseClient(CLIENT, psk=bytes(32)), NoiseClient(CLIENT, SERVER.public), None],
    ids=["other psk", "no psk", "NULL"],
)
async def test_strangers_do_not_get_in(stranger: Security | None) -> None:
    client, server = PAIRS["XXpsk3"]
    async with asyncio.timeout(10), covey.Pull(security=server) as pull, covey.Push(security=client) as push:
        endpoint = await pull.bind("tcp://127.0.0.1:*")
        outsider = covey.Push(security=stranger) if stranger is not None else covey.Push()
        async with outsider:
            await outsider.connect(endpoint)
            await push.connect(endpoint)
            await push.send(b"from a member")
            assert await pull.recv() == b"from a member"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await outsider.wait_connected()
