"""Options and refusals against libzmq."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import covey
from covey.messaging.authenticators import CertificateDirectory
from covey.messaging.events import Disconnected, HandshakeFailure
from covey.messaging.stream import Stream
from tests.interop.conftest import LibzmqFactory
from tests.messaging.helpers import soon

pytestmark = pytest.mark.interop


async def test_their_correlated_req_is_answered(libzmq: LibzmqFactory) -> None:
    theirs = await (await libzmq()).open("REQ", req_correlate=1, req_relaxed=1)
    async with covey.Rep() as rep:
        await theirs.connect(await rep.bind("tcp://127.0.0.1:*"))
        for number in range(3):
            await theirs.send(b"%d" % number)
            assert await soon(rep.recv()) == b"%d" % number
            await rep.send(b"ok")
            assert await theirs.recv() == [b"ok"]


async def test_our_correlated_req_is_answered(libzmq: LibzmqFactory) -> None:
    theirs = await (await libzmq()).open("REP")
    async with covey.Req(req_correlate=True, req_relaxed=True) as req:
        await req.connect(await theirs.bind())
        await req.send(b"forgotten")
        assert await theirs.recv() == [b"forgotten"]
        await req.send(b"asked again")
        await theirs.send(b"late")
        assert await theirs.recv() == [b"asked again"]
        await theirs.send(b"right")
        assert await soon(req.recv()) == b"right"


async def test_probes_tell_routers_who_is_there(libzmq: LibzmqFactory) -> None:
    peer = await libzmq()
    dealer = await peer.open("DEALER", probe_router=1, routing_id=b"them")
    async with covey.Router() as router:
        await dealer.connect(await router.bind("tcp://127.0.0.1:*"))
        assert await soon(router.recv_multipart()) == [b"them", b""]
    theirs = await peer.open("ROUTER")
    async with covey.Dealer(probe_router=True, routing_id=b"us") as ours:
        await ours.connect(await theirs.bind())
        assert await theirs.recv() == [b"us", b""]


async def test_welcome_messages_cross(libzmq: LibzmqFactory) -> None:
    peer = await libzmq()
    theirs = await peer.open("XPUB", xpub_welcome_msg=b"W")
    async with covey.Sub() as sub:
        sub.subscribe(b"W")
        await sub.connect(await theirs.bind())
        welcome = asyncio.create_task(sub.recv())
        while not welcome.done():
            await theirs.poll(0.02)  # a libzmq publisher welcomes when its application calls
        assert await welcome == b"W"
    subscriber = await peer.open("SUB", subscribe="W")
    async with covey.XPub(xpub_welcome_msg=b"W") as pub:
        await subscriber.connect(await pub.bind("tcp://127.0.0.1:*"))
        assert await subscriber.recv() == [b"W"]


async def test_manual_subscriptions_decide_for_their_sub(libzmq: LibzmqFactory) -> None:
    theirs = await (await libzmq()).open("SUB", subscribe=["A", "B"])
    async with covey.XPub(xpub_manual=True) as pub:
        await theirs.connect(await pub.bind("tcp://127.0.0.1:*"))
        assert {await soon(pub.recv()), await soon(pub.recv())} == {b"\x01A", b"\x01B"}
        pub.subscribe(b"B")
        await pub.send(b"A1")
        await pub.send(b"B1")
        assert await theirs.recv() == [b"B1"]


async def test_heartbeats_keep_idle_connections(libzmq: LibzmqFactory) -> None:
    theirs = await (await libzmq()).open("PULL", heartbeat_ivl=30, heartbeat_ttl=300, heartbeat_timeout=100)
    async with covey.Push(heartbeat_ivl=30, heartbeat_timeout=200, heartbeat_ttl=300) as push:
        events = push.events()
        await push.connect(await theirs.bind())
        await soon(push.wait_connected())
        while True:
            try:
                event = await asyncio.wait_for(anext(events), 0.5)
            except TimeoutError:
                break
            assert not isinstance(event, Disconnected)
        await push.send(b"still there")
        assert await theirs.recv() == [b"still there"]


async def test_handover_takes_a_routing_id_from_theirs(libzmq: LibzmqFactory) -> None:
    peer = await libzmq()
    async with covey.Router(router_handover=True) as router:
        where = await router.bind("tcp://127.0.0.1:*")
        for number in range(2):
            dealer = await peer.open("DEALER", routing_id=b"same", reconnect_ivl=-1)
            await dealer.connect(where)
            await dealer.send(b"%d" % number)
            assert await soon(router.recv_multipart()) == [b"same", b"%d" % number]
            await router.send_multipart([b"same", b"yours"])
            assert await dealer.recv() == [b"yours"]


async def test_stream_talks_to_their_stream(libzmq: LibzmqFactory) -> None:
    theirs = await (await libzmq()).open("STREAM")
    async with Stream(linger=0) as stream:
        await stream.connect(await theirs.bind())
        who, empty = await soon(stream.recv_multipart())
        assert empty == b""
        them, greeting = await theirs.recv()
        assert greeting == b""
        await stream.send_multipart([who, b"raw"])
        assert await theirs.recv() == [them, b"raw"]
        await theirs.send(them, b"back")
        assert await soon(stream.recv_multipart()) == [who, b"back"]


async def test_a_wrong_password_is_refused_with_their_words(libzmq: LibzmqFactory) -> None:
    peer = await libzmq()
    await peer.authenticate(passwords={"ann": "word"})
    theirs = await peer.open("PULL", plain_server=1)
    async with covey.Push(security=covey.PlainClient("ann", "guess"), linger=0) as push:
        events = push.events()
        await push.connect(await theirs.bind())
        async with asyncio.timeout(5):
            async for event in events:
                if isinstance(event, HandshakeFailure):
                    assert isinstance(event.error, covey.PeerRefused)
                    assert event.error.reason == "400"
                    break


async def test_an_unknown_key_of_theirs_is_refused_and_they_hear_why(
    libzmq: LibzmqFactory, tmp_path: Path
) -> None:
    """With CURVE: libzmq's PLAIN client misspells ERROR and so does not understand one that is right."""
    peer = await libzmq()
    keys = covey.CurveKeys.generate()
    public, secret = await peer.curve_keypair()
    theirs = await peer.open(
        "PUSH", curve_publickey=public, curve_secretkey=secret, curve_serverkey=keys.public
    )
    await theirs.watch()
    security = covey.CurveServer(keys, authenticator=CertificateDirectory(tmp_path))
    async with covey.Pull(security=security) as pull:
        await theirs.connect(await pull.bind("tcp://127.0.0.1:*"))
        assert (await theirs.wait_event("HANDSHAKE_FAILED_AUTH"))["value"] == 400


async def test_types_that_do_not_fit_are_reported(libzmq: LibzmqFactory) -> None:
    theirs = await (await libzmq()).open("PUB")
    async with covey.Push(linger=0, reconnect_stop=2) as push:
        events = push.events()
        await push.connect(await theirs.bind())
        async with asyncio.timeout(5):
            async for event in events:
                if isinstance(event, HandshakeFailure):
                    break
        assert push.statistics().handshakes_failed == 1
