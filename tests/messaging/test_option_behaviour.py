"""What the patterns' options change."""

from __future__ import annotations

import asyncio

import pytest

from covey.errors import StateError, UsageError, WouldBlock
from covey.messaging import Dealer, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub
from covey.messaging.events import HandshakeSucceeded, Retried
from tests.messaging.helpers import connected, soon

# -- REQ ------------------------------------------------------------------------------------------------------


async def test_relaxed_req_asks_again_and_correlation_drops_the_late_answer() -> None:
    async with connected(Router(), Req(req_relaxed=True, req_correlate=True)) as (router, req):
        await req.send(b"first")
        first = await soon(router.recv_multipart())
        await req.send(b"second")
        second = await soon(router.recv_multipart())
        assert len(first[1]) == 4
        assert first[1] != second[1]
        await router.send_multipart([*first[:3], b"late"])
        await router.send_multipart([*second[:3], b"right"])
        assert await soon(req.recv()) == b"right"


async def test_correlated_req_talks_to_rep() -> None:
    async with connected(Rep(), Req(req_correlate=True)) as (rep, req):
        await req.send_multipart([b"a", b"b"])
        assert await soon(rep.recv_multipart()) == [b"a", b"b"]
        await rep.send(b"!")
        assert await soon(req.recv()) == b"!"


# -- ROUTER and DEALER ----------------------------------------------------------------------------------------


async def test_a_probe_tells_a_router_who_is_there() -> None:
    async with connected(Router(), Dealer(routing_id=b"d", probe_router=True)) as (router, _):
        assert await soon(router.recv_multipart()) == [b"d", b""]


async def test_router_notify_reports_coming_and_going() -> None:
    async with connected(Router(router_notify=3), Dealer(routing_id=b"d")) as (router, dealer):
        assert await soon(router.recv_multipart()) == [b"d", b""]
        await dealer.close()
        assert await soon(router.recv_multipart()) == [b"d", b""]


async def test_hello_and_disconnect_messages() -> None:
    router = Router(hello_msg=b"hello", disconnect_msg=b"gone")
    async with connected(router, Dealer(routing_id=b"d")) as (_, dealer):
        assert await soon(dealer.recv()) == b"hello"
        await dealer.close()
        assert await soon(router.recv_multipart()) == [b"d", b"gone"]


async def test_a_hiccup_message_tells_of_a_lost_connection() -> None:
    router = Router()
    where = await router.bind("tcp://127.0.0.1:*")
    async with Dealer(hiccup_msg=b"hiccup", linger=0) as dealer:
        await dealer.connect(where)
        await soon(dealer.wait_connected())
        await router.close()
        assert await soon(dealer.recv()) == b"hiccup"


async def test_connect_routing_id_names_the_next_peer() -> None:
    async with Router() as one, Router(linger=0) as two:
        where = await one.bind("tcp://127.0.0.1:*")
        two.connect_routing_id = b"server"
        await two.connect(where)
        await two.send_multipart([b"server", b"early"])
        assert (await soon(one.recv_multipart()))[1] == b"early"
        two.connect_routing_id = b"server"
        with pytest.raises(UsageError):
            await two.connect(where)


# -- publishers -----------------------------------------------------------------------------------------------


async def test_verboser_hears_every_cancellation() -> None:
    async with connected(XPub(xpub_verboser=True), XSub(), XSub()) as (pub, one, two):
        for sub in (one, two):
            await sub.send(b"\x01a")
        for sub in (one, two):
            await sub.send(b"\x00a")
        got = sorted([await soon(pub.recv()) for _ in range(4)])
        assert got == [b"\x00a", b"\x00a", b"\x01a", b"\x01a"]


async def test_manual_subscribes_who_was_heard_last_to_what_is_decided() -> None:
    async with connected(XPub(xpub_manual=True), Sub()) as (pub, sub):
        sub.subscribe(b"A")
        sub.subscribe(b"B")
        assert await soon(pub.recv()) == b"\x01A"
        pub.subscribe(b"B")
        await pub.send(b"A1")
        await pub.send(b"B1")
        assert await soon(sub.recv()) == b"B1"


async def test_deciding_without_manual_is_an_error() -> None:
    async with XPub() as pub:
        with pytest.raises(StateError):
            pub.subscribe(b"A")


async def test_a_last_value_goes_to_the_newcomer_alone() -> None:
    async with connected(XPub(xpub_manual_last_value=True), Sub(), Sub()) as (pub, old, new):
        old.subscribe(b"A")
        await soon(pub.recv())
        pub.subscribe(b"A")
        await pub.send(b"A1")
        assert await soon(old.recv()) == b"A1"
        new.subscribe(b"A")
        await soon(pub.recv())
        pub.subscribe(b"A")
        await pub.send(b"A-last")
        await pub.send(b"A-next")
        assert await soon(new.recv()) == b"A-last"
        assert await soon(new.recv()) == b"A-next"
        assert await soon(old.recv()) == b"A-next"


async def test_who_subscribed_to_the_welcome_gets_it() -> None:
    async with Pub(xpub_welcome_msg=b"W") as pub, Sub() as sub:
        sub.subscribe(b"W")
        await sub.connect(await pub.bind("tcp://127.0.0.1:*"))
        assert await soon(sub.recv()) == b"W"


async def test_nodrop_waits_instead_of_dropping() -> None:
    pub = Pub(xpub_nodrop=True, sndhwm=5, sndbuf=4096)
    async with connected(pub, Sub(rcvhwm=5, rcvbuf=4096)) as (_, sub):
        sub.subscribe(b"")
        await soon(pub.wait_subscribed(b""))
        sent = 0
        try:
            while sent < 10_000:
                pub.send_nowait(bytes(20_000))
                sent += 1
        except WouldBlock:
            pass
        task = asyncio.create_task(pub.send(b"last"))
        for _ in range(sent):
            assert len(await soon(sub.recv())) == 20_000
        assert await soon(sub.recv()) == b"last"
        await soon(task)
        assert pub.statistics().dropped == 0


async def test_inverted_matching_sends_what_was_not_asked_for() -> None:
    async with connected(XPub(invert_matching=True), Sub(invert_matching=True)) as (pub, sub):
        sub.subscribe(b"A")
        await soon(pub.recv())
        await pub.send(b"A1")
        await pub.send(b"B1")
        assert await soon(sub.recv()) == b"B1"


async def test_verbose_unsubscribe_sends_every_cancellation() -> None:
    sub = XSub(xsub_verbose_unsubscribe=True)
    async with connected(XPub(xpub_verboser=True), sub) as (pub, _):
        await sub.send(b"\x01a")
        await sub.send(b"\x01a")
        await sub.send(b"\x00a")
        got = [await soon(pub.recv()) for _ in range(3)]
        assert got == [b"\x01a", b"\x01a", b"\x00a"]


# -- queues and connections -----------------------------------------------------------------------------------


async def test_conflate_keeps_the_newest_only() -> None:
    async with Push(conflate=True) as push, Pull(conflate=True) as pull:
        await push.connect("inproc://conflate")
        for number in range(100):
            await push.send(b"%d" % number)
        await pull.bind("inproc://conflate")
        assert await soon(pull.recv()) == b"99"
        for number in range(5):
            await push.send(b"%d" % number)
            await asyncio.sleep(0.001)
        assert await soon(pull.recv()) == b"4"


async def test_immediate_queues_nothing_for_who_is_not_there() -> None:
    async with Push(immediate=True, linger=0, reconnect_ivl=5) as push:
        await push.connect("inproc://immediate")
        with pytest.raises(WouldBlock):
            push.send_nowait(b"x")
        async with Pull() as pull:
            await pull.bind("inproc://immediate")
            await push.send(b"y")
            assert await soon(pull.recv()) == b"y"


async def test_reconnect_stop_gives_up_when_refused() -> None:
    async with Push(reconnect_stop=1, linger=0) as push:
        events = push.events()
        await push.connect("tcp://127.0.0.1:9")
        await push.send(b"x")
        event = await soon(events.__anext__())
        assert not isinstance(event, Retried)
        assert push.statistics().dropped == 1


async def test_without_reconnecting_one_refusal_is_the_end() -> None:
    async with Push(reconnect_ivl=-1, linger=0) as push:
        events = push.events()
        await push.connect("tcp://127.0.0.1:9")
        await push.send(b"x")
        event = await soon(events.__anext__())
        assert not isinstance(event, Retried)


async def test_metadata_of_our_own_reaches_the_peer() -> None:
    async with Pull() as pull, Push(metadata={"X-Colour": b"red"}) as push:
        events = pull.events()
        await push.connect(await pull.bind("tcp://127.0.0.1:*"))
        async with asyncio.timeout(5):
            async for event in events:
                if isinstance(event, HandshakeSucceeded):
                    assert event.peer.metadata["X-Colour"] == b"red"
                    break
