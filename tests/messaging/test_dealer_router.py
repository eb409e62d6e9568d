"""DEALER and ROUTER: addresses, and what cannot be routed."""

from __future__ import annotations

import asyncio

import pytest

from covey.errors import NoRoute, UsageError, WouldBlock
from covey.messaging import Dealer, Router
from covey.messaging.events import Disconnected, Dropped
from tests.messaging.helpers import connected, soon


async def test_a_router_knows_its_peers_by_their_routing_ids() -> None:
    async with connected(Router(), Dealer(routing_id=b"a"), Dealer(routing_id=b"b")) as (router, a, b):
        await router.send_multipart([b"b", b"for b"])
        await router.send_multipart([b"a", b"for", b"a"])
        assert await soon(a.recv_multipart()) == [b"for", b"a"]
        assert await soon(b.recv()) == b"for b"
        await a.send(b"from a")
        assert await soon(router.recv_multipart()) == [b"a", b"from a"]


async def test_who_has_no_routing_id_gets_one_of_five_octets() -> None:
    async with connected(Router(), Dealer()) as (router, dealer):
        await dealer.send(b"hello")
        who, body = await soon(router.recv_multipart())
        assert (len(who), who[:1], body) == (5, b"\0", b"hello")
        await router.send_multipart([who, b"back"])
        assert await soon(dealer.recv()) == b"back"


async def test_the_unroutable_is_counted_and_reported() -> None:
    async with Router() as router:
        events = router.events()
        await router.send_multipart([b"nobody", b"x"])
        assert isinstance(await soon(events.__anext__()), Dropped)
        assert router.statistics().dropped == 1


async def test_mandatory_raises_for_the_unroutable() -> None:
    async with Router(router_mandatory=True) as router:
        with pytest.raises(NoRoute):
            await router.send_multipart([b"nobody", b"x"])


async def test_mandatory_waits_at_the_mark() -> None:
    router = Router(router_mandatory=True, sndhwm=2, sndbuf=4096)
    async with connected(router, Dealer(routing_id=b"a", rcvhwm=2, rcvbuf=4096)) as (_, dealer):
        sent = 0
        try:
            while sent < 10_000:
                router.send_multipart_nowait([b"a", bytes(20_000)])
                sent += 1
        except WouldBlock:
            pass
        assert sent < 10_000
        task = asyncio.create_task(router.send_multipart([b"a", b"last"]))
        for _ in range(sent):
            await soon(dealer.recv())
        await soon(task)
        assert await soon(dealer.recv()) == b"last"


async def test_a_message_without_body_is_a_mistake() -> None:
    async with Router() as router:
        with pytest.raises(UsageError):
            await router.send_multipart([b"id"])
        with pytest.raises(UsageError):
            await router.send(b"x")


async def test_a_routing_id_that_is_taken_stays_with_its_owner() -> None:
    async with connected(Router(), Dealer(routing_id=b"a")) as (router, first):
        second = Dealer(routing_id=b"a", linger=0)
        events = router.events()
        await second.connect(next(iter(router._bindings)))
        async with asyncio.timeout(5):
            async for event in events:
                if isinstance(event, Disconnected):
                    assert "taken" in event.reason
                    break
        await router.send_multipart([b"a", b"first"])
        assert await soon(first.recv()) == b"first"
        await second.close()


async def test_handover_gives_the_routing_id_to_the_newcomer() -> None:
    router = Router(router_handover=True)
    async with connected(router, Dealer(routing_id=b"a", reconnect_ivl=-1)):
        second = Dealer(routing_id=b"a", linger=0)
        await second.connect(next(iter(router._bindings)))
        await second.send(b"here")
        assert await soon(router.recv_multipart()) == [b"a", b"here"]
        await router.send_multipart([b"a", b"second"])
        assert await soon(second.recv()) == b"second"
        await second.close()


async def test_batches_keep_their_addresses() -> None:
    async with connected(Router(), Dealer(routing_id=b"a")) as (router, dealer):
        await dealer.send_many([b"1", [b"2", b"3"]])
        got: list[list[bytes]] = []
        while len(got) < 2:
            got += await soon(router.recv_many())
        assert got == [[b"a", b"1"], [b"a", b"2", b"3"]]
