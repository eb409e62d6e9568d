"""zeromq.js, another language: every stable type over tcp and ipc, in clear and by CURVE, and the draft types."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import covey
from tests.interop.conftest import LibzmqFactory
from tests.interop.libzmq import Libzmq
from tests.interop.matching import PAIRS, exchange, match
from tests.interop.peers.zmq_peer import digest, pattern
from tests.messaging.helpers import soon

pytestmark = pytest.mark.interop

SIZES = [0, 255, 256, 65_536, 1 << 20]


@pytest.mark.parametrize("security", ["null", "curve-client", "curve-server"])
@pytest.mark.parametrize("binder", ["ours", "theirs"])
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
async def test_every_type_crosses(
    zeromq_js: LibzmqFactory, transport: str, binder: str, security: str, tmp_path: Path
) -> None:
    peer = await zeromq_js()
    endpoint = "tcp://127.0.0.1:*" if transport == "tcp" else f"ipc://{tmp_path}/s"
    for kinds in PAIRS:
        async with match(peer, kinds, binder=binder, security=security, endpoint=endpoint) as pair:
            for size in SIZES if kinds == ("Push", "PULL") else SIZES[:3]:
                body = pattern(size, size)
                await exchange(pair, kinds, [body])
                await exchange(pair, kinds, [b"a", body, b""])


async def _securities(peer: Libzmq, *, curve: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    if not curve:
        return {}, {}
    ours = covey.CurveKeys.generate()
    public, secret = await peer.curve_keypair()
    theirs = {"curve_publickey": public, "curve_secretkey": secret, "curve_serverkey": ours.public}
    return {"security": covey.CurveServer(ours)}, theirs


@pytest.mark.parametrize("curve", [False, True], ids=["null", "curve"])
async def test_client_and_server_cross(zeromq_js: LibzmqFactory, curve: bool) -> None:
    peer = await zeromq_js()
    options, their_options = await _securities(peer, curve=curve)
    client = await peer.open("CLIENT", **their_options)
    async with covey.Server(linger=0, **options) as server:
        await client.connect(await server.bind("tcp://127.0.0.1:*"))
        for size in SIZES:
            await client.send_pattern(size, seed=size)
            number, data = await soon(server.recv_from())
            assert data == pattern(size, size)
            await server.send(data, routing_id=number)
            assert await client.digest() == [digest([data])]
    their_server = await peer.open("SERVER")
    async with covey.Client(linger=0) as ours:
        await ours.connect(await their_server.bind())
        await ours.send(b"question")
        await their_server.echo()
        assert await soon(ours.recv()) == b"question"


@pytest.mark.parametrize("curve", [False, True], ids=["null", "curve"])
async def test_scatter_and_gather_cross(zeromq_js: LibzmqFactory, curve: bool) -> None:
    peer = await zeromq_js()
    options, their_options = await _securities(peer, curve=curve)
    gather = await peer.open("GATHER", **their_options)
    async with covey.Scatter(linger=0, **options) as scatter:
        await gather.connect(await scatter.bind("tcp://127.0.0.1:*"))
        await scatter.send(b"work")
        assert await gather.recv() == [b"work"]
    their_scatter = await peer.open("SCATTER")
    async with covey.Gather(linger=0) as ours:
        await ours.connect(await their_scatter.bind())
        await their_scatter.send(b"theirs")
        assert await soon(ours.recv()) == b"theirs"


@pytest.mark.parametrize("curve", [False, True], ids=["null", "curve"])
async def test_radio_and_dish_cross(zeromq_js: LibzmqFactory, curve: bool) -> None:
    peer = await zeromq_js()
    options, their_options = await _securities(peer, curve=curve)
    dish = await peer.open("DISH", join=["news"], **their_options)
    async with covey.Radio(linger=0, **options) as radio:
        await dish.connect(await radio.bind("tcp://127.0.0.1:*"))
        await soon(radio.wait_joined("news"))
        await radio.send(b"unheard", group="sports")
        await radio.send(b"heard", group="news")
        assert await dish.recv() == [b"heard"]
    their_radio = await peer.open("RADIO")
    async with covey.Dish(linger=0) as ours:
        ours.join("news")
        await ours.connect(await their_radio.bind())
        await soon(ours.wait_connected())
        heard = asyncio.create_task(ours.recv_with_group())
        while not heard.done():  # a RADIO cannot say when it was joined
            await their_radio.send(b"again", group="news")
            await asyncio.wait([heard], timeout=0.02)
        assert heard.result() == ("news", b"again")
