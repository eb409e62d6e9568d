"""Habits of libzmq that no RFC has, each seen side by side with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from covey.errors import OptionError, WouldBlock
from covey.messaging import Dealer, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub
from covey.messaging.events import Disconnected, Dropped, HandshakeFailure, Retried, SocketEvent
from covey.security.plain import PlainClient, PlainServer
from tests.messaging.helpers import connected, soon
from tests.messaging.test_authenticators import bound, outcome


async def test_a_cancellation_of_what_nobody_has_is_told() -> None:
    async with connected(XPub(), XSub(xsub_verbose_unsubscribe=True), XSub()) as (pub, one, two):
        await two.send(b"\x01held")
        assert await soon(pub.recv()) == b"\x01held"
        for topic in (b"held", b"unknown"):
            await one.send(b"\x00" + topic)
        assert await soon(pub.recv()) == b"\x00unknown"


async def test_verboser_hears_all_cancellations_of_who_leaves() -> None:
    async with connected(XPub(xpub_verboser=True), XSub(), XSub()) as (pub, one, two):
        for sub in (one, two):
            await sub.send(b"\x01a")
            assert await soon(pub.recv()) == b"\x01a"
        await one.close()
        assert await soon(pub.recv()) == b"\x00a"


async def test_manual_hears_the_cancellation_of_what_was_asked_for_not_of_what_was_granted() -> None:
    async with connected(XPub(xpub_manual=True), XSub()) as (pub, sub):
        await sub.send(b"\x01asked")
        assert await soon(pub.recv()) == b"\x01asked"
        pub.subscribe(b"granted")
        await sub.close()
        assert await soon(pub.recv()) == b"\x00asked"
        with pytest.raises(WouldBlock):
            pub.recv_nowait()
        assert pub.topics_count == 0


async def test_subscriptions_hold_though_the_application_never_reads_of_them() -> None:
    async with connected(XPub(rcvhwm=10), Sub()) as (pub, sub):
        for number in range(100):
            sub.subscribe(b"%d;" % number)
        await soon(pub.wait_subscribed(b"99;"))
        await pub.send(b"99;last")
        assert await soon(sub.recv()) == b"99;last"
        assert [await soon(pub.recv()) for _ in range(100)][-1] == b"\x0199;"


async def test_what_goes_upstream_is_held_at_the_mark_as_ever() -> None:
    async with connected(XPub(rcvhwm=10), XSub(sndhwm=0)) as (pub, sub):
        for number in range(1000):
            await sub.send(b"%d" % number)
        assert await soon(pub.recv()) == b"0"
        (connection,) = pub.statistics().connections
        assert connection.inbox <= 10


async def test_an_xsub_takes_what_it_did_not_subscribe_to() -> None:
    async with XPub(xpub_welcome_msg=b"hello") as pub, XSub() as sub:
        await sub.connect(await pub.bind("tcp://127.0.0.1:*"))
        assert await soon(sub.recv()) == b"hello"


@pytest.mark.parametrize("correlate", [False, True])
async def test_an_answer_in_another_reqs_envelope_is_passed_over(*, correlate: bool) -> None:
    async with connected(Router(), Req(req_correlate=correlate)) as (router, req):
        await req.send(b"question")
        who, *envelope, _ = await soon(router.recv_multipart())
        await router.send_multipart([who, b"1234", b"", b"of another number"])
        if correlate:
            await router.send_multipart([who, b"", b"of no number"])
        await router.send_multipart([who, *envelope, b"right"])
        assert await soon(req.recv()) == b"right"
        assert len(router.statistics().connections) == 1


@pytest.mark.parametrize("kind", [Sub, Dealer, Pub, Req])
async def test_connecting_twice_is_connecting_once(kind: type[Sub | Dealer | Pub | Req]) -> None:
    async with kind(linger=0) as one, Push(linger=0) as other:
        for _ in range(2):
            await one.connect("tcp://127.0.0.1:9")
            await other.connect("tcp://127.0.0.1:9")
        assert len(one._dialers) == 1
        assert len(other._dialers) == 2


async def test_who_lost_its_routing_id_stays_connected_and_does_not_take_it_back() -> None:
    router = Router(router_handover=True)
    async with connected(router, Dealer(routing_id=b"x", reconnect_ivl=1)) as (_, old):
        events, theirs = router.events(), old.events()
        async with Dealer(routing_id=b"x", linger=0) as new:
            await new.connect(next(iter(router._bindings)))
            await new.send(b"new")
            assert await soon(router.recv_multipart()) == [b"x", b"new"]
            await old.send(b"old")
            seen = [event async for event in _until(events, Dropped)]
            assert any(isinstance(event, Disconnected) and "handed over" in event.reason for event in seen)
            await router.send_multipart([b"x", b"answer"])
            assert await soon(new.recv()) == b"answer"
        await old.close()
        assert not [event async for event in theirs if isinstance(event, Disconnected)]


async def _until(events: AsyncIterator[SocketEvent], kind: type[SocketEvent]) -> AsyncIterator[SocketEvent]:
    async with asyncio.timeout(5):
        async for event in events:
            yield event
            if isinstance(event, kind):
                return


async def test_a_plain_server_without_an_authenticator_asks_the_zap_handler() -> None:
    async with bound(PlainServer()) as pull:
        assert "nobody to ask" in await outcome(pull, PlainClient("ann", "word"))
        async with Rep() as handler:
            await handler.bind("inproc://zeromq.zap.01")
            asked = asyncio.create_task(outcome(pull, PlainClient("ann", "word")))
            assert (await soon(handler.recv_multipart()))[-3:] == [b"PLAIN", b"ann", b"word"]
            await handler.send_multipart([b"1.0", b"1", b"200", b"OK", b"Ann", b""])
            assert await soon(asked) == "Ann"


async def test_a_zap_handler_that_never_answers_leaves_nothing_behind() -> None:
    async with Rep() as handler, Pull(zap_domain="d", handshake_ivl=50) as pull, Push(linger=0) as push:
        await handler.bind("inproc://zeromq.zap.01")
        events = pull.events()
        await push.connect(await pull.bind("tcp://127.0.0.1:*"))
        (*_, failure) = [event async for event in _until(events, HandshakeFailure)]
        assert isinstance(failure, HandshakeFailure)
        assert failure.reason
        tasks = [task for task in asyncio.all_tasks() if task.get_name().startswith("authenticate")]
        await soon(asyncio.gather(*tasks))


async def test_a_proxy_that_cannot_be_is_found_out_when_connecting() -> None:
    async with Push(socks_proxy="nonsense", linger=0) as push:
        with pytest.raises(OptionError, match=r"socks_proxy.*HOST:PORT"):
            await push.connect("tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"\x04\x00", "does not speak SOCKS5"),
        (b"\x05\x00\x04\x00\x00\x01", "does not speak SOCKS5"),
        (b"\x05\x00\x05\x00\x00\x07", "address of type 7"),
    ],
)
async def test_a_proxy_that_talks_nonsense_is_no_connection(answer: bytes, reason: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Push(socks_proxy=f"127.0.0.1:{port}", linger=0) as push:
        events = push.events()
        await push.connect("tcp://127.0.0.1:9")
        (*_, retried) = [event async for event in _until(events, Retried)]
        assert isinstance(retried, Retried)
        assert reason in retried.reason
    server.close()


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("identity", "routing_id"),
        ("hwm", "sndhwm"),
        ("sndtimeo", "asyncio.timeout"),
        ("router_raw", "Stream"),
    ],
)
def test_an_option_that_covey_does_otherwise_is_explained(option: str, hint: str) -> None:
    with pytest.raises(OptionError, match=hint):
        Dealer(**{option: 1})


@pytest.mark.parametrize("options", [{"security": 5}, {"metadata": {"X-\u20ac": b""}}])
def test_what_would_fail_at_the_first_peer_fails_at_once(options: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Pull(**options)
