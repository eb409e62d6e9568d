"""Services between nodes on the loopback of a network of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from covey.errors import (
    CallFailed,
    CallRefused,
    CallTimeout,
    NoRoute,
    NoService,
    OptionError,
    ProviderGone,
    ServiceError,
    SocketClosed,
    StateError,
)
from covey.mesh import Call, Entered, Node, Offered, Whisper, Withdrew
from covey.mesh.headers import SERVICE_WORD
from covey.mesh.services import provider as provider_module
from covey.mesh.services.wire import Answer, Ask, Failure, Forget, Offers, encode
from covey.security.secret import Secret
from tests.mesh.test_node import until

Factory = Callable[..., Any]


def upper(call: Call) -> bytes:
    return call.data.upper()


def echo(call: Call) -> bytes:
    return call.service.encode() + b" " + call.peer.name.encode() + b" " + call.data


class Stuck:
    """A handler that says when it was called, and waits until it is let go or cancelled."""

    def __init__(self) -> None:
        self.called = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.go = asyncio.Event()
        self.running = self.most = 0

    async def __call__(self, call: Call) -> bytes:
        self.running += 1
        self.most = max(self.most, self.running)
        self.called.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        finally:
            self.running -= 1
        return call.data


async def test_a_call_is_answered_by_whoever_offers_the_service(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    async with b.serve("echo", echo) as serving:
        assert await a.call("echo", b"1") == b"echo a 1"
        assert await a.call("echo", b"2", peer="b") == b"echo a 2"
        assert [peer.name for peer in a.services()["echo"]] == ["b"]
        assert (serving.answered, serving.failed, serving.refused) == (2, 0, 0)
        assert b.statistics().served == a.statistics().calls == 2
        assert a.statistics().calls_failed == 0
        with pytest.raises(StateError, match="already"):
            async with b.serve("echo", echo):
                pass


async def test_offers_are_seen_and_seen_to_end_connected_or_not(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
    events = a.events()
    async with b.serve("early", echo):
        offered = await until(events, Offered)
        assert (offered.service, offered.peer.services) == ("early", {"early"})
        assert a._engine.made_connections is None  # known without a connection
        await a.whisper("b", b"hello")
        await until(b.events(), Whisper)
        async with b.serve("late", echo):
            assert (await until(events, Offered)).peer.services == {"early", "late"}
            c = await enter("c")
            await c.wait_for_service("late", timeout=5)
            assert set(c.services()) == {"early", "late"}
        assert (await until(events, Withdrew)).service == "late"
    assert (await until(events, Withdrew)).peer.services == frozenset()
    assert a.services() == {}
    with pytest.raises(NoService, match="b offers no service 'late'"):
        await a.call("late", peer="b")


async def test_a_service_that_nobody_offers_is_told(enter: Factory) -> None:
    a, b = await enter("a", settle=0.05), await enter("b")
    await a.wait_for_peers(1, timeout=5)
    with pytest.raises(NoService, match="nobody offers a service 'none'") as caught:
        await a.call("none")
    assert caught.value.service == "none"
    with pytest.raises(NoService, match="b offers no service 'none'"):
        await a.call("none", peer="b")
    with pytest.raises(NoRoute, match="'c'"):
        await a.call("none", peer="c")
    assert a.statistics().calls_failed == a.statistics().calls == 2
    assert b.statistics().served_refused == 1
    for wrong in ("", "x" * 256):
        with pytest.raises(OptionError, match="1 to 255"):
            b.serve(wrong, echo)
    with pytest.raises(OptionError, match="limit"):
        b.serve("x", echo, limit=0)
    with pytest.raises(OptionError, match="timeout"):
        await a.call("x", timeout=0)


async def test_what_a_handler_raises_reaches_the_caller_as_far_as_it_is_meant_to(
    enter: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    a, b = await enter("a"), await enter("b")

    async def fails(call: Call) -> bytes:
        if call.data == b"told":
            raise ServiceError("the oven is off")
        if call.data == b"slow":
            raise TimeoutError("a secret of the provider")
        raise ValueError("a secret of the provider")

    def answers_nonsense(_call: Call) -> Any:
        return "text"

    async with b.serve("fails", fails) as serving, b.serve("text", answers_nonsense):
        with pytest.raises(ServiceError, match="service 'fails' of b: the oven is off") as caught:
            await a.call("fails", b"told")
        assert (caught.value.reason, caught.value.peer) == ("the oven is off", "b")
        for data, name in ((b"", "ValueError"), (b"slow", "TimeoutError")):
            with pytest.raises(ServiceError, match=name) as caught:
                await a.call("fails", data)
            assert "secret" not in str(caught.value)
        with pytest.raises(ServiceError, match="not bytes"):
            await a.call("text")
        assert serving.failed == 3
    assert "failed on a call of a" in caplog.text
    assert b.statistics().served_failed == a.statistics().calls_failed == 4


async def test_who_does_not_answer_in_time_is_told_to_stop(enter: Factory) -> None:
    a, b, stuck = await enter("a"), await enter("b"), Stuck()
    async with b.serve("stuck", stuck) as serving:
        await a.wait_for_service("stuck", timeout=5)
        with pytest.raises(CallTimeout, match=r"no answer within 0\.2 s") as caught:
            await a.call("stuck", timeout=0.2)
        assert isinstance(caught.value, TimeoutError)
        assert isinstance(caught.value, CallFailed)
        async with asyncio.timeout(5):
            await stuck.cancelled.wait()
        assert serving.failed == 1


async def test_a_cancelled_call_cancels_its_handler(enter: Factory) -> None:
    a, b, stuck = await enter("a"), await enter("b"), Stuck()
    async with b.serve("stuck", stuck):
        calling = asyncio.create_task(a.call("stuck"))
        async with asyncio.timeout(5):
            await stuck.called.wait()
            calling.cancel()
            await stuck.cancelled.wait()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert a.statistics().calls_failed == 1


async def test_callers_learn_that_the_provider_left_or_withdrew(enter: Factory) -> None:
    a, b, stuck = await enter("a"), await enter("b"), Stuck()
    async with b.serve("stuck", stuck):
        calling = asyncio.create_task(a.call("stuck", timeout=5))
        async with asyncio.timeout(5):
            await stuck.called.wait()
    with pytest.raises(ProviderGone, match="withdrawn"):
        await calling
    stuck = Stuck()
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(b.serve("stuck", stuck))
        calling = asyncio.create_task(a.call("stuck", timeout=5))
        async with asyncio.timeout(5):
            await stuck.called.wait()
        await b.__aexit__(None, None, None)
        with pytest.raises(ProviderGone, match="left before it answered"):
            await calling
        assert serving.failed == 1
    assert a.services() == {}


async def test_a_caller_that_left_is_answered_no_more(enter: Factory) -> None:
    a, b, stuck = await enter("a"), await enter("b"), Stuck()
    async with b.serve("stuck", stuck):
        calling = asyncio.create_task(a.call("stuck"))
        async with asyncio.timeout(5):
            await stuck.called.wait()
            await a.__aexit__(None, None, None)
            with pytest.raises(SocketClosed, match="left during the call"):
                await calling
            await stuck.cancelled.wait()


async def test_providers_take_turns_and_busy_ones_are_passed_by(
    enter: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_module, "WAITING_LIMIT", 0)
    a, b, c = [await enter(name) for name in "abc"]
    stuck = Stuck()

    def named(node: Node) -> Callable[[Call], bytes]:
        return lambda _call: node.name.encode()

    async with c.serve("who", named(c)):
        async with b.serve("who", named(b)):
            await a.wait_for_service("who", 2, timeout=5)
            answers = [await a.call("who") for _ in range(4)]
            assert answers[:2] == answers[2:]
            assert sorted(answers[:2]) == [b"b", b"c"]
        await until(a.events(), Withdrew)
        async with b.serve("who", stuck, limit=1) as serving:
            await a.wait_for_service("who", 2, timeout=5)
            calling = asyncio.create_task(a.call("who", b"x", peer="b"))
            async with asyncio.timeout(5):
                await stuck.called.wait()
            assert [await a.call("who") for _ in range(4)] == [b"c"] * 4
            with pytest.raises(CallRefused, match="too many calls wait"):
                await a.call("who", peer="b")
            assert serving.refused >= 1
            stuck.go.set()
            assert await calling == b"x"


async def test_no_more_handlers_run_at_once_than_allowed(enter: Factory) -> None:
    a, b, stuck = await enter("a"), await enter("b"), Stuck()
    async with b.serve("stuck", stuck, limit=3):
        await a.wait_for_service("stuck", timeout=5)
        calls = [asyncio.create_task(a.call("stuck", bytes([number]))) for number in range(20)]
        async with asyncio.timeout(5):
            await stuck.called.wait()
            stuck.go.set()
            assert await asyncio.gather(*calls) == [bytes([number]) for number in range(20)]
        assert stuck.most == 3


async def test_peers_say_nothing_about_services_to_applications_and_nonsense_is_counted(
    enter: Factory,
) -> None:
    a, b = await enter("a"), await enter("b")
    await a.wait_for_peers(1, timeout=5)
    for frames in (
        [SERVICE_WORD, b""],
        [SERVICE_WORD, b"\x09"],
        [SERVICE_WORD, b"\x01\xff\xff"],
        [SERVICE_WORD, b"\x02short"],
        [SERVICE_WORD, b"\x01\x00\x01\x05abc"],
    ):
        await a.whisper("b", frames)
    await a.whisper("b", encode(Answer(7, b"")))
    await a.whisper("b", encode(Failure(7, 4, "")))
    await a.whisper("b", encode(Forget(7)))
    await a.whisper("b", [SERVICE_WORD])
    assert (await until(b.events(), Whisper)).frames == (SERVICE_WORD,)
    counters = b.statistics()
    assert (counters.malformed, counters.answers_late) == (5, 2)


async def test_only_the_one_that_was_called_answers(enter: Factory) -> None:
    a, b, c = [await enter(name) for name in "abc"]
    stuck = Stuck()
    async with b.serve("stuck", stuck):
        await a.wait_for_peers(2, timeout=5)
        await c.wait_for_peers(2, timeout=5)
        calling = asyncio.create_task(a.call("stuck", b"true"))
        async with asyncio.timeout(5):
            await stuck.called.wait()
            events = a.events()
            for number in range(4):
                await c.whisper("a", encode(Answer(number, b"false")))
            await c.whisper("a", b"done")
            await until(events, Whisper)
            stuck.go.set()
            assert await calling == b"true"
        assert a.statistics().answers_late == 4


async def test_a_peer_cannot_make_us_remember_more_than_so_many_services(enter: Factory) -> None:
    a, b = await enter("a"), await enter("b")
    await a.wait_for_peers(1, timeout=5)
    await b.wait_for_peers(1, timeout=5)
    await a.whisper("b", encode(Offers(tuple(map(str, range(257))))))
    await a.whisper("b", encode(Offers(tuple(map(str, range(256))))))
    await until(b.events(), Offered, service="255")
    assert b.statistics().malformed == 1
    assert len(b.services()) == 256
    async with AsyncExitStack() as stack:
        for number in range(256):
            await stack.enter_async_context(b.serve(f"s{number}", echo))
        with pytest.raises(OptionError, match="at most 256"):
            await stack.enter_async_context(b.serve("one more", echo))
        await a.wait_for_service("s255", timeout=5)  # more than an announcement holds


async def test_the_same_call_twice_runs_once(enter: Factory) -> None:
    a, b, stuck = await enter("a"), await enter("b"), Stuck()
    async with b.serve("stuck", stuck) as serving:
        await a.wait_for_peers(1, timeout=5)
        for _ in range(2):
            await a.whisper("b", encode(Ask(1, "stuck", 0.0, b"")))
        async with asyncio.timeout(5):
            await stuck.called.wait()
            await b.whisper("a", b"seen")
            await until(a.events(), Whisper)
        assert (stuck.most, serving.refused) == (1, 1)


async def test_handlers_call_on(enter: Factory) -> None:
    a, b, c = [await enter(name) for name in "abc"]

    async def forward(call: Call) -> bytes:
        inner: bytes = await b.call("inner", call.data)
        return b"<" + inner + b">"

    async with c.serve("inner", upper), b.serve("outer", forward):
        assert await a.call("outer", b"x") == b"<X>"


async def test_services_are_called_by_nodes_that_no_announcement_reached(
    enter: Factory, secret: Secret | None
) -> None:
    a, b = await enter("a", discover=()), await enter("b", discover=())
    async with b.serve("echo", echo):
        await a.connect(b.endpoint, uuid=b.uuid, public_key=b.public_key)
        if secret is not None:
            await b.connect(a.endpoint, uuid=a.uuid, public_key=a.public_key)
        events = a.events()
        await until(events, Entered)
        await until(events, Offered)
        assert await a.call("echo") == b"echo a "


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
