"""covey and Debian's libzmq over TIPC, on two nodes whose link loses and delays frames."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

import covey
from covey.messaging.socket import Socket
from tests.interop.libzmq import Libzmq, LibzmqSocket
from tests.tipc.cluster import Cluster
from tests.tipc.inside.conftest import LOSSY

pytestmark = [pytest.mark.usefixtures("lossy", "here"), pytest.mark.asyncio(loop_scope="module")]

_types = itertools.count(8000)
COUNT = 100
NODE = re.compile(r"<(.*):")
WE_BIND = [
    ("{%d,0,9}", "{%d,4}@0.0.0"),
    ("{%d,4}", "{%d,4}@NODE"),
    ("{%d,0,9}", "SOCKET"),
    ("<*>", "SOCKET"),
]
"""What we bind and libzmq connects to; it cannot look for a service without saying where (see docs/tipc.md)."""
THEY_BIND = [
    ("{%d,0,9}", "{%d,4}"),
    ("{%d,4}", "{%d,4}@0.0.0"),
    ("{%d,0,9}", "{%d,4}@NODE"),
    ("{%d,4}", "{%d,4@NODE}"),
    ("{%d,4}", "SOCKET"),
    ("<*>", "SOCKET"),
]
"""What libzmq binds and we connect to."""
LINKS = [(True, *forms) for forms in WE_BIND] + [(False, *forms) for forms in THEY_BIND]


@pytest.fixture(scope="module")
def lossy(cluster: Cluster) -> Iterator[None]:
    """Lose and delay frames for all tests here."""
    for node in cluster.nodes:
        node.impair(LOSSY)
    yield
    for node in cluster.nodes:
        node.heal()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(cluster: Cluster) -> AsyncIterator[Libzmq]:
    """One process with Debian's libzmq on the other node."""
    with cluster.nodes[1].entered():
        started = await Libzmq.launch("debian")
    yield started
    await started.close()


class Peer:
    """The process as one test sees it: its sockets end with the test."""

    def __init__(self, process: Libzmq) -> None:
        self.process = process
        self.sockets: list[LibzmqSocket] = []

    async def open(self, kind: str, **options: int | str | bytes | list[str]) -> LibzmqSocket:
        self.sockets.append(await self.process.open(kind, **options))
        return self.sockets[-1]


@pytest_asyncio.fixture(loop_scope="module")
async def peer(process: Libzmq) -> AsyncIterator[Peer]:
    peer = Peer(process)
    yield peer
    for sock in peer.sockets:
        await sock.close()


class Way:
    """How two sockets are linked: who binds, and by which forms of address."""

    def __init__(self, we_bind: bool, bind: str, connect: str) -> None:
        self.we_bind = we_bind
        self._forms = (bind, connect)

    async def link(self, ours: Socket, theirs: LibzmqSocket) -> None:
        """Bind one, connect the other, and wait until they are."""
        kind = next(_types)
        bind, connect = ("tipc://" + form.replace("%d", str(kind)) for form in self._forms)
        resolved = await (ours.bind(bind) if self.we_bind else theirs.bind(bind))
        target = resolved if "SOCKET" in connect else connect.replace("NODE", NODE.findall(resolved)[0])
        await (theirs.connect(target) if self.we_bind else ours.connect(target))
        async with asyncio.timeout(10):
            await ours.wait_connected()


every_way = pytest.mark.parametrize(
    "way",
    [Way(*link) for link in LINKS],
    ids=[f"{'we' if ours else 'they'} bind {bind} for {connect}" for ours, bind, connect in LINKS],
)
both_roles = pytest.mark.parametrize(
    "way", [Way(*LINKS[0]), Way(*LINKS[len(WE_BIND)])], ids=["we bind", "we connect"]
)


def numbers(start: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(start, COUNT)]


@every_way
async def test_push_pull(peer: Peer, way: Way) -> None:
    async with covey.Push() as push, covey.Pull() as pull, asyncio.timeout(30):
        await way.link(push, theirs := await peer.open("PULL"))
        for number in numbers():
            await push.send(number)
        assert await theirs.recv_many(COUNT) == [[number] for number in numbers()]
        await way.link(pull, theirs := await peer.open("PUSH"))
        await theirs.send_pattern(70_000, count=20)
        assert [len(await pull.recv()) for _ in range(20)] == [70_000] * 20


@every_way
async def test_pub_sub(peer: Peer, way: Way) -> None:
    async with covey.Pub() as pub, covey.Sub() as sub, asyncio.timeout(30):
        theirs = await peer.open("SUB", subscribe="a")
        await way.link(pub, theirs)
        await theirs.poll(0.1)  # a libzmq SUB that binds greets its publishers when it is next called
        await pub.wait_subscribed(b"a")
        for number in numbers():
            await pub.send(b"a" + number)
            await pub.send(b"b" + number)
        assert await theirs.recv_many(COUNT) == [[b"a" + number] for number in numbers()]

        sub.subscribe(b"a")
        xpub = await peer.open("XPUB")
        await way.link(sub, xpub)
        assert await xpub.recv() == [b"\x01a"]
        await xpub.send(b"b unwanted")
        await xpub.send(b"a wanted", repeat=COUNT)
        assert [await sub.recv() for _ in range(COUNT)] == [b"a wanted"] * COUNT


@every_way
async def test_router_dealer(peer: Peer, way: Way) -> None:
    async with covey.Router() as router, covey.Dealer() as dealer, asyncio.timeout(30):
        theirs = await peer.open("DEALER", routing_id=b"theirs")
        await way.link(router, theirs)
        await theirs.send(b"to", b"you", repeat=COUNT)
        for _ in range(COUNT):
            assert await router.recv_multipart() == [b"theirs", b"to", b"you"]
        await router.send_multipart([b"theirs", b"and", b"back"])
        assert await theirs.recv() == [b"and", b"back"]

        theirs = await peer.open("ROUTER")
        await way.link(dealer, theirs)
        echo = asyncio.create_task(theirs.echo(COUNT))
        for number in numbers():
            await dealer.send(number)
        assert [await dealer.recv() for _ in range(COUNT)] == numbers()
        await echo


@every_way
async def test_req_rep(peer: Peer, way: Way) -> None:
    async with covey.Req() as req, covey.Rep() as rep, asyncio.timeout(30):
        theirs = await peer.open("REP")
        await way.link(req, theirs)
        echo = asyncio.create_task(theirs.echo(20))
        for number in numbers()[:20]:
            await req.send(number)
            assert await req.recv() == number
        await echo

        theirs = await peer.open("REQ")
        await way.link(rep, theirs)
        for number in numbers()[:20]:
            await theirs.send(number)
            assert await rep.recv() == number
            await rep.send(b"re: " + number)
            assert await theirs.recv() == [b"re: " + number]


@both_roles
async def test_pair_and_xpub_xsub(peer: Peer, way: Way) -> None:
    async with covey.Pair() as pair, covey.XPub() as xpub, covey.XSub() as xsub, asyncio.timeout(30):
        await way.link(pair, theirs := await peer.open("PAIR"))
        await pair.send_multipart([b"a", b"", b"b"])
        assert await theirs.recv() == [b"a", b"", b"b"]
        await theirs.send(b"back")
        assert await pair.recv() == b"back"

        await way.link(xpub, theirs := await peer.open("XSUB"))
        await theirs.send(b"\x01t")
        await theirs.poll(0.1)
        assert await xpub.recv() == b"\x01t"
        await xpub.send(b"topic")
        assert await theirs.recv() == [b"topic"]

        await way.link(xsub, theirs := await peer.open("XPUB"))
        await xsub.send(b"\x01t")
        assert await theirs.recv() == [b"\x01t"]
        await theirs.send(b"topic")
        assert await xsub.recv() == b"topic"


@both_roles
async def test_curve(peer: Peer, way: Way) -> None:
    keys = covey.CurveKeys.generate()
    public, secret = await peer.process.curve_keypair()
    async with asyncio.timeout(30):
        async with covey.Pull(security=covey.CurveServer(keys)) as pull:
            options = {"curve_serverkey": keys.public, "curve_publickey": public, "curve_secretkey": secret}
            await way.link(pull, theirs := await peer.open("PUSH", **options))
            await theirs.send(b"sealed", repeat=COUNT)
            assert [await pull.recv() for _ in range(COUNT)] == [b"sealed"] * COUNT
        async with covey.Push(security=covey.CurveClient(keys, public)) as push:
            theirs = await peer.open("PULL", curve_server=1, curve_publickey=public, curve_secretkey=secret)
            await way.link(push, theirs)
            for number in numbers():
                await push.send(number)
            assert await theirs.recv_many(COUNT) == [[number] for number in numbers()]


async def test_a_listener_that_comes_later_is_found(peer: Peer) -> None:
    endpoint = f"tipc://{{{next(_types)},4}}"
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


async def test_a_socket_without_readers_closes_without_holding_up_the_loop(peer: Peer) -> None:
    push = covey.Push(linger=0, sndhwm=100)
    theirs = await peer.open("PULL", rcvhwm=1)
    await Way(*LINKS[0]).link(push, theirs)
    await fill(push)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await push.close()
    assert loop.time() - began < 1.0
