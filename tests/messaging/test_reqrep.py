"""REQ and REP: lockstep, envelopes, and tasks that share a socket."""

from __future__ import annotations

import asyncio

import pytest

from covey.errors import MultipartMessage, StateError
from covey.messaging import Dealer, Rep, Req, Router
from tests.messaging.helpers import connected, soon


async def test_a_question_gets_its_answer() -> None:
    async with connected(Rep(), Req()) as (rep, req):
        for number in range(50):
            await req.send(b"%d?" % number)
            assert await soon(rep.recv()) == b"%d?" % number
            await rep.send(b"%d!" % number)
            assert await soon(req.recv()) == b"%d!" % number


async def test_several_frames_go_both_ways() -> None:
    async with connected(Rep(), Req()) as (rep, req):
        await req.send_multipart([b"a", b"", b"c"])
        assert await soon(rep.recv_multipart()) == [b"a", b"", b"c"]
        await rep.send_multipart([b"", b"x"])
        with pytest.raises(MultipartMessage):
            await soon(req.recv())
        assert await soon(req.recv_multipart()) == [b"", b"x"]


async def test_the_wrong_order_is_an_error_and_changes_nothing() -> None:
    async with connected(Rep(), Req()) as (rep, req):
        with pytest.raises(StateError):
            await req.recv()
        with pytest.raises(StateError):
            await rep.send(b"unasked")
        await req.send(b"?")
        with pytest.raises(StateError):
            await req.send(b"??")
        assert await soon(rep.recv()) == b"?"
        with pytest.raises(StateError):
            await rep.recv()
        await rep.send(b"!")
        assert await soon(req.recv()) == b"!"


async def test_a_cancelled_recv_leaves_req_waiting_for_its_answer() -> None:
    async with connected(Rep(), Req()) as (rep, req):
        await req.send(b"?")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await req.recv()
        await soon(rep.recv())
        await rep.send(b"!")
        assert await soon(req.recv()) == b"!"


async def test_a_second_receiver_on_rep_loses_no_question() -> None:
    async with connected(Rep(), Req(), Req()) as (rep, one, two):
        tasks = [asyncio.create_task(rep.recv_multipart()) for _ in range(2)]
        await asyncio.sleep(0)
        await one.send(b"one")
        await two.send(b"two")
        results = await soon(asyncio.gather(*tasks, return_exceptions=True))
        assert sum(isinstance(result, StateError) for result in results) == 1
        await rep.send(b"ok")
        assert (await soon(rep.recv_multipart()))[0] in (b"one", b"two")


async def test_batches_respect_the_lockstep() -> None:
    async with connected(Rep(), Req(), Req()) as (rep, one, two):
        await one.send(b"q")
        await two.send(b"q")
        assert await soon(rep.recv_many()) == [b"q"]
        with pytest.raises(StateError):
            await rep.recv_many()
        await rep.send(b"a")
        assert await soon(rep.recv_many()) == [b"q"]
        await rep.send(b"a")
        assert await soon(one.recv_many()) == [b"a"]


async def test_a_dealer_keeps_its_envelope() -> None:
    async with connected(Rep(), Dealer()) as (rep, dealer):
        await dealer.send_multipart([b"id", b"", b"body"])
        assert await soon(rep.recv()) == b"body"
        await rep.send(b"answer")
        assert await soon(dealer.recv_multipart()) == [b"id", b"", b"answer"]


async def test_a_request_without_delimiter_is_skipped_and_counted() -> None:
    async with connected(Rep(), Dealer()) as (rep, dealer):
        await dealer.send(b"no delimiter")
        await dealer.send_multipart([b"", b"good"])
        assert await soon(rep.recv()) == b"good"
        assert rep.statistics().dropped == 1


async def test_an_answer_without_delimiter_ends_the_connection() -> None:
    async with connected(Router(), Req(reconnect_ivl=1)) as (router, req):
        await req.send(b"?")
        who, *_ = await soon(router.recv_multipart())
        events = req.events()
        await router.send_multipart([who, b"no delimiter"])
        event = await soon(events.__anext__())
        assert "empty frame" in event.reason


async def test_an_answer_to_who_has_left_is_counted() -> None:
    async with Rep() as rep:
        where = await rep.bind("tcp://127.0.0.1:*")
        req = Req(linger=0)
        await req.connect(where)
        await req.send(b"?")
        assert await soon(rep.recv()) == b"?"
        events = rep.events()
        await req.close()
        await soon(events.__anext__())
        await rep.send(b"!")
        assert rep.statistics().dropped == 1
