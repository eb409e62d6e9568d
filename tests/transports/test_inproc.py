"""inproc: names, joining in any order, objects handed over, marks that add up."""

from __future__ import annotations

import asyncio

import pytest

from covey.errors import EndpointError, ResourceError
from covey.messaging import Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub
from covey.messaging.events import HandshakeFailure, HandshakeSucceeded
from tests.messaging.helpers import connected, soon


async def test_the_very_object_arrives() -> None:
    async with connected(Pull(), Push(), endpoint="inproc://a") as (pull, push):
        body = bytes(1000)
        await push.send(body)
        assert await soon(pull.recv()) is body


async def test_connecting_before_binding_works() -> None:
    async with Push() as push, Pull() as pull:
        await push.connect("inproc://late")
        await push.send(b"early")
        await pull.bind("inproc://late")
        assert await soon(pull.recv()) == b"early"


async def test_who_is_bound_again_is_found_again() -> None:
    async with Push() as push:
        await push.connect("inproc://again")
        for _ in range(3):
            async with Pull() as pull:
                await pull.bind("inproc://again")
                await push.send(b"x")
                assert await soon(pull.recv()) == b"x"
            await soon(push._changed.wait())


async def test_a_name_is_bound_once() -> None:
    async with Pull() as one, Pull() as two:
        await one.bind("inproc://name")
        with pytest.raises(ResourceError):
            await two.bind("inproc://name")
        await one.unbind("inproc://name")
        await two.bind("inproc://name")


async def test_the_marks_of_both_ends_add_up() -> None:
    async with connected(Pull(rcvhwm=7), Push(sndhwm=5), endpoint="inproc://hwm") as (pull, push):
        sent = 0
        try:
            while sent < 100:
                push.send_nowait(b"%d" % sent)
                sent += 1
        except Exception:
            pass
        assert sent == 12
        got = [await soon(pull.recv()) for _ in range(sent)]
        assert got == [b"%d" % number for number in range(sent)]


async def test_back_pressure_lets_everything_through_in_order() -> None:
    async with connected(Pull(rcvhwm=3), Push(sndhwm=3), endpoint="inproc://flow") as (pull, push):
        task = asyncio.create_task(push.send_many(b"%d" % number for number in range(500)))
        assert [await soon(pull.recv()) for _ in range(500)] == [b"%d" % number for number in range(500)]
        await soon(task)


async def test_types_that_cannot_talk_are_refused() -> None:
    async with Push(linger=0) as push, Pub() as pub:
        events = push.events()
        await pub.bind("inproc://wrong")
        await push.connect("inproc://wrong")
        event = await soon(events.__anext__())
        assert isinstance(event, HandshakeFailure)
        assert "cannot talk" in event.reason


async def test_patterns_work_as_over_a_network() -> None:
    async with connected(Rep(), Req(), endpoint="inproc://rr") as (rep, req):
        await req.send(b"?")
        assert await soon(rep.recv()) == b"?"
        await rep.send(b"!")
        assert await soon(req.recv()) == b"!"
    async with connected(Router(), Dealer(routing_id=b"d"), endpoint="inproc://rd") as (router, dealer):
        await dealer.send(b"hello")
        assert await soon(router.recv_multipart()) == [b"d", b"hello"]
        await router.send_multipart([b"d", b"back"])
        assert await soon(dealer.recv()) == b"back"
    async with connected(XPub(), Sub(), endpoint="inproc://ps") as (pub, sub):
        sub.subscribe(b"t")
        assert await soon(pub.recv()) == b"\x01t"
        await pub.send_multipart([b"topic", b"x"])
        assert await soon(sub.recv_multipart()) == [b"topic", b"x"]


async def test_subscribers_do_not_share_a_list() -> None:
    async with connected(Pub(), Sub(), Sub(), endpoint="inproc://list") as (pub, one, two):
        one.subscribe()
        two.subscribe()
        await soon(pub.wait_subscribed(b"", 2))
        await pub.send_multipart([b"a", b"b"])
        (await soon(one.recv_multipart())).clear()
        assert await soon(two.recv_multipart()) == [b"a", b"b"]


async def test_messages_sent_before_parting_are_still_received() -> None:
    async with Pair() as one:
        await one.bind("inproc://part")
        async with Pair() as two:
            await two.connect("inproc://part")
            await two.send(b"last words")
        assert await soon(one.recv()) == b"last words"


async def test_a_name_too_long_is_refused() -> None:
    async with Pull() as pull:
        with pytest.raises(EndpointError):
            await pull.bind("inproc://" + "x" * 257)


async def test_who_is_refused_comes_back_without_haste() -> None:
    async with connected(Pair(), Pair(), endpoint="inproc://pair") as (one, two), Pair() as third:
        events = one.events()
        await third.connect("inproc://pair")
        assert isinstance(await soon(anext(events)), HandshakeSucceeded)
        assert "has its peer" in (await soon(anext(events))).reason
        for _ in range(50):
            await asyncio.sleep(0)
        assert not events._events
        await two.close()
        await third.send(b"now")
        assert await soon(one.recv()) == b"now"
