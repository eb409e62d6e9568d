"""covey and Debian's libzmq over TIPC, on two nodes whose link loses frames."""

from __future__ import annotations

import asyncio
import itertools
import re

import pytest

import covey
from covey.messaging.socket import Socket
from covey.transports.tipc.address import parse_for_connect
from tests.interop.libzmq import LibzmqSocket
from tests.tipc.cluster import Node

from .conftest import LibzmqFactory

pytestmark = pytest.mark.usefixtures("lossy", "here")

_types = itertools.count(8000)
COUNT = 300
NODE = re.compile(r"<(.*):")
BIND_FORMS = ["{%d,0,9}", "{%d,4}", "<*>"]
CONNECT_FORMS = ["{%d,4}", "{%d,4}@0.0.0", "{%d,4}@NODE", "{%d,4@NODE}", "SOCKET"]


def service(form: str) -> str:
    """Return an endpoint of that form with a service type that no other test uses."""
    return "tipc://" + (form % next(_types) if "%d" in form else form)


async def link(ours: Socket, theirs: LibzmqSocket, *, we_bind: bool) -> None:
    """Connect two sockets by a service."""
    kind = next(_types)
    if we_bind:
        await ours.bind(f"tipc://{{{kind},0,9}}")
        await theirs.connect(f"tipc://{{{kind},3}}@0.0.0")
    else:
        await theirs.bind(f"tipc://{{{kind},0,9}}")
        await ours.connect(f"tipc://{{{kind},3}}")
    async with asyncio.timeout(10):
        await ours.wait_connected()


def numbers(start: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(start, COUNT)]


both_roles = pytest.mark.parametrize("we_bind", [True, False], ids=["we bind", "we connect"])


@both_roles
async def test_push_pull(libzmq: LibzmqFactory, there: Node, we_bind: bool) -> None:
    peer = await libzmq(there)
    async with covey.Push() as push, covey.Pull() as pull, asyncio.timeout(30):
        await link(push, theirs := await peer.open("PULL"), we_bind=we_bind)
        for number in numbers():
            await push.send(number)
        assert await theirs.recv_many(COUNT) == [[number] for number in numbers()]
        await link(pull, theirs := await peer.open("PUSH"), we_bind=we_bind)
        await theirs.send_pattern(70_000, count=20)
        assert [len(await pull.recv()) for _ in range(20)] == [70_000] * 20


@both_roles
async def test_pub_sub(libzmq: LibzmqFactory, there: Node, we_bind: bool) -> None:
    peer = await libzmq(there)
    async with covey.Pub() as pub, covey.Sub() as sub, asyncio.timeout(30):
        theirs = await peer.open("SUB", subscribe="a")
        await link(pub, theirs, we_bind=we_bind)
        await theirs.poll(0.1)  # a libzmq SUB that binds greets its publishers when it is next called
        await pub.wait_subscribed(b"a")
        for number in numbers():
            await pub.send(b"a" + number)
            await pub.send(b"b" + number)
        assert await theirs.recv_many(COUNT) == [[b"a" + number] for number in numbers()]

        sub.subscribe(b"a")
        xpub = await peer.open("XPUB")
        await link(sub, xpub, we_bind=we_bind)
        assert await xpub.recv() == [b"\x01a"]
        await xpub.send(b"b unwanted")
        await xpub.send(b"a wanted", repeat=COUNT)
        assert [await sub.recv() for _ in range(COUNT)] == [b"a wanted"] * COUNT


@both_roles
async def test_router_dealer(libzmq: LibzmqFactory, there: Node, we_bind: bool) -> None:
    peer = await libzmq(there)
    async with covey.Router() as router, covey.Dealer() as dealer, asyncio.timeout(30):
        theirs = await peer.open("DEALER", routing_id=b"theirs")
        await link(router, theirs, we_bind=we_bind)
        await theirs.send(b"to", b"you", repeat=COUNT)
        for _ in range(COUNT):
            assert await router.recv_multipart() == [b"theirs", b"to", b"you"]
        await router.send_multipart([b"theirs", b"and", b"back"])
        assert await theirs.recv() == [b"and", b"back"]

        theirs = await peer.open("ROUTER")
        await link(dealer, theirs, we_bind=we_bind)
        echo = asyncio.create_task(theirs.echo(COUNT))
        for number in numbers():
            await dealer.send(number)
        assert [await dealer.recv() for _ in range(COUNT)] == numbers()
        await echo


@both_roles
async def test_req_rep(libzmq: LibzmqFactory, there: Node, we_bind: bool) -> None:
    peer = await libzmq(there)
    async with covey.Req() as req, covey.Rep() as rep, asyncio.timeout(30):
        theirs = await peer.open("REP")
        await link(req, theirs, we_bind=we_bind)
        echo = asyncio.create_task(theirs.echo(20))
        for number in numbers()[:20]:
            await req.send(number)
            assert await req.recv() == number
        await echo

        theirs = await peer.open("REQ")
        await link(rep, theirs, we_bind=we_bind)
        for number in numbers()[:20]:
            await theirs.send(number)
            assert await rep.recv() == number
            await rep.send(b"re: " + number)
            assert await theirs.recv() == [b"re: " + number]


@both_roles
async def test_curve(libzmq: LibzmqFactory, there: Node, we_bind: bool) -> None:
    peer = await libzmq(there)
    keys = covey.CurveKeys.generate()
    public, secret = await peer.curve_keypair()
    async with asyncio.timeout(30):
        async with covey.Pull(security=covey.CurveServer(keys)) as pull:
            options = {"curve_serverkey": keys.public, "curve_publickey": public, "curve_secretkey": secret}
            await link(pull, theirs := await peer.open("PUSH", **options), we_bind=we_bind)
            await theirs.send(b"sealed", repeat=COUNT)
            assert [await pull.recv() for _ in range(COUNT)] == [b"sealed"] * COUNT
        async with covey.Push(security=covey.CurveClient(keys, public)) as push:
            theirs = await peer.open("PULL", curve_server=1, curve_publickey=public, curve_secretkey=secret)
            await link(push, theirs, we_bind=we_bind)
            for number in numbers():
                await push.send(number)
            assert await theirs.recv_many(COUNT) == [[number] for number in numbers()]


@pytest.mark.parametrize("form", BIND_FORMS)
async def test_libzmq_reaches_what_we_bind(libzmq: LibzmqFactory, there: Node, form: str) -> None:
    peer = await libzmq(there)
    endpoint = service(form)
    async with covey.Pull() as pull, asyncio.timeout(20):
        resolved = await pull.bind(endpoint)
        parse_for_connect(resolved)
        targets = [resolved]
        if endpoint.startswith("tipc://{"):
            targets += [re.sub(r"\{(\d+),.*", r"{\1,4}@0.0.0", endpoint)]
        for target in targets:
            theirs = await peer.open("PUSH")
            await theirs.connect(target)
            await theirs.send(target.encode())
            assert await pull.recv() == target.encode()


@pytest.mark.parametrize("form", CONNECT_FORMS)
async def test_we_reach_what_libzmq_binds(libzmq: LibzmqFactory, there: Node, form: str) -> None:
    peer = await libzmq(there)
    kind = next(_types)
    theirs = await peer.open("PULL")
    resolved = await theirs.bind(f"tipc://{{{kind},0,9}}")
    node = NODE.findall(resolved)[0]
    target = resolved if form == "SOCKET" else "tipc://" + (form.replace("NODE", node) % kind)
    async with covey.Push() as push, asyncio.timeout(20):
        await push.connect(target)
        await push.send(target.encode())
        assert await theirs.recv() == [target.encode()]


async def test_a_listener_that_comes_later_is_found(libzmq: LibzmqFactory, there: Node) -> None:
    peer = await libzmq(there)
    endpoint = service("{%d,4}")
    async with covey.Push(reconnect_ivl=50) as push, asyncio.timeout(20):
        await push.connect(endpoint)
        await push.send(b"early")
        theirs = await peer.open("PULL")
        await theirs.bind(endpoint)
        assert await theirs.recv() == [b"early"]


async def fill(push: covey.Push) -> None:
    """Send until there is no more room anywhere."""
    while True:
        try:
            push.send_nowait(bytes(100_000))
        except covey.WouldBlock:
            return
        await asyncio.sleep(0)


async def test_a_socket_without_readers_closes_without_holding_up_the_loop(
    libzmq: LibzmqFactory, there: Node
) -> None:
    peer = await libzmq(there)
    push = covey.Push(linger=0, sndhwm=100)
    theirs = await peer.open("PULL", rcvhwm=1)
    await link(push, theirs, we_bind=True)
    await fill(push)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await push.close()
    assert loop.time() - began < 1.0
