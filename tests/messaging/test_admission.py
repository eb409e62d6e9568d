"""What failed handshakes cost those who come with them, and whom they do not cost anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import cast

import pytest

from covey.messaging import Dealer, Pull, Push, Router
from covey.messaging import doorkeeper as doors
from covey.messaging.admission import MAX_SOURCES, TELL_EVERY, Admission
from covey.messaging.events import HandshakeFailure, Refused
from covey.messaging.half_open import HalfOpen
from covey.messaging.pipe import Pipe
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.mechanism import Security
from covey.security.noise.server import NoiseServer
from covey.security.plain import PlainServer
from covey.transports.stream import StreamLink
from covey.transports.zmtp.greeting import Greeting
from tests.messaging.helpers import soon

SERVER, CLIENT = CurveKeys.generate(), CurveKeys.generate()


def test_a_source_pays_for_failures_only_and_time_pays_them_back() -> None:
    admission = Admission(burst=3, rate=2.0)
    for _ in range(100):
        assert admission.admits("a", 1.0)
    for _ in range(3):
        admission.failed("a", 1.0)
    assert not admission.admits("a", 1.0)
    assert not admission.admits("a", 1.4)
    assert admission.admits("b", 1.4)
    assert admission.admits("a", 1.5)
    admission.failed("a", 1.5)
    assert not admission.admits("a", 1.5)
    assert admission.admits("a", 100.0)
    assert admission.refused == 3


def test_success_gives_back_what_a_failure_cost_and_no_more() -> None:
    admission = Admission(burst=2, rate=0.0)
    for source in ("a", "b"):
        admission.succeeded(source)
        for _ in range(5):
            admission.failed(source, 1.0)
    admission.succeeded("a")
    assert admission.admits("a", 1.0)
    assert not admission.admits("b", 1.0)
    for _ in range(5):
        admission.succeeded("a")
    admission.failed("a", 1.0)
    assert admission.admits("a", 1.0)
    admission.failed("a", 1.0)
    assert not admission.admits("a", 1.0)


def test_sources_are_told_of_now_and_then_with_their_count() -> None:
    admission = Admission(burst=1, rate=0.0)
    admission.failed("a", 0.0)
    told = []
    for number in range(50):
        now = number * TELL_EVERY / 10
        assert not admission.admits("a", now)
        report = admission.to_tell("a", now)
        told += [report.count] if report else []
    assert told == [1, 10, 10, 10, 10]
    assert admission.to_tell("nobody", 0.0) is None


def test_the_table_of_sources_is_bounded_and_the_oldest_gives_way() -> None:
    admission = Admission(burst=1)
    for number in range(3 * MAX_SOURCES):
        admission.failed(f"2001:db8::{number:x}", 1.0)
    assert len(admission) == MAX_SOURCES
    assert admission.admits("2001:db8::0", 1.0)
    assert not admission.admits(f"2001:db8::{3 * MAX_SOURCES - 1:x}", 1.0)


class Closable:
    def close(self) -> None: ...


def test_the_greediest_source_gives_way_its_oldest_first() -> None:
    half_open = HalfOpen(4)
    link = cast("StreamLink", Closable())
    pipes = [cast("Pipe", object()) for _ in range(6)]
    for pipe, source in zip(pipes, ("honest", "flooder", "flooder", None, None, "flooder"), strict=True):
        assert half_open.surplus() is None
        half_open.add(pipe, link, source)
    for gone in (1, 2):
        assert half_open.surplus() is pipes[gone]
        assert half_open.pop(pipes[gone]) is link
        half_open.add(cast("Pipe", object()), link, "flooder")
    assert half_open.pop(pipes[1]) is None
    assert set(pipes[:1] + pipes[3:]) <= set(half_open)


@pytest.fixture(params=["CURVE", "NOISE", "PLAIN"])
async def guarded(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Router, tuple[str, int]]]:
    """A socket that forgives three failed handshakes, and where it listens."""
    monkeypatch.setattr(doors, "Admission", lambda: Admission(burst=3, rate=0.0))
    kinds: dict[str, Security] = {
        "CURVE": CurveServer(SERVER),
        "NOISE": NoiseServer(SERVER),
        "PLAIN": PlainServer(lambda request: pytest.fail("nobody came so far")),
    }
    async with Router(security=kinds[request.param]) as router:
        endpoint = await router.bind("tcp://127.0.0.1:*")
        yield router, ("127.0.0.1", int(endpoint.rpartition(":")[2]))


async def test_who_fails_too_often_is_closed_at_accept_and_that_is_told(
    guarded: tuple[Router, tuple[str, int]], caplog: pytest.LogCaptureFixture
) -> None:
    """The first says how large a frame it will send, more than any handshake has, and is not awaited."""
    router, where = guarded
    mechanism = cast("Security", router._security).mechanism
    oversized = Greeting(mechanism).encode() + b"\x06" + (2**40).to_bytes(8, "big")
    async with asyncio.timeout(10), router.events() as events:
        for start in (oversized, b"GET / HTTP/1.1\r\n\r\n" + bytes(64), b""):
            reader, writer = await asyncio.open_connection(*where)
            writer.write(start)
            if not start:
                writer.write_eof()
            while await reader.read(1000):
                pass
            writer.close()
        with caplog.at_level(logging.WARNING):
            for _ in range(5):
                reader, writer = await asyncio.open_connection(*where)
                assert await reader.read() == b""
                writer.close()
        seen = [await anext(events) for _ in range(7)]
    assert sum(isinstance(event, HandshakeFailure) for event in seen) == 3
    (refused,) = [event for event in seen if isinstance(event, Refused)]
    assert (refused.peer_address.partition(":")[0], refused.count) == ("127.0.0.1", 1)
    assert "failed handshakes" in refused.reason
    statistics = router.statistics()
    assert (statistics.handshakes_failed, statistics.refused) == (3, 5)
    assert sum("refused" in record.getMessage() for record in caplog.records) == 1


async def test_a_socket_that_lets_everybody_in_charges_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "Admission", lambda: Admission(burst=1, rate=0.0))
    async with Pull() as pull, pull.events() as events:
        endpoint = await pull.bind("tcp://127.0.0.1:*")
        for _ in range(3):
            _, writer = await asyncio.open_connection("127.0.0.1", int(endpoint.rpartition(":")[2]))
            writer.close()
            while not isinstance(await soon(anext(events)), HandshakeFailure):
                pass
        async with Push() as push:
            await push.connect(endpoint)
            await push.send(b"here")
            assert await soon(pull.recv()) == b"here"
    assert pull.statistics().refused == 0


async def test_honest_clients_of_one_address_may_come_at_once_and_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many more than may fail: they connect, and reconnect when the server was away, and nobody is refused."""
    count = 200
    monkeypatch.setattr(doors, "Admission", lambda: Admission(burst=count // 10, rate=0.0))
    security = CurveClient(CLIENT, SERVER.public)
    async with asyncio.timeout(30):
        clients = [Dealer(security=security, linger=0, reconnect_ivl=5) for _ in range(count)]
        endpoint = "tcp://127.0.0.1:*"
        for _ in range(2):
            async with Router(security=CurveServer(SERVER), backlog=count) as router:
                bound = await router.bind(endpoint)
                if endpoint != bound:
                    endpoint = bound
                    for client in clients:
                        await client.connect(endpoint)
                await router.wait_connected(count)
                assert router.statistics().refused == 0
        for client in clients:
            await client.close()
