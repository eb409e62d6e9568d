"""Who is let in: passwords, certificates, functions, and a ZAP handler."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from covey.errors import UsageError
from covey.messaging import Pull, Push, Rep
from covey.messaging.authenticators import Asking, CertificateDirectory, Passwords
from covey.messaging.events import HandshakeFailure, HandshakeSucceeded
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.mechanism import AuthenticationRequest
from covey.security.null import Null
from covey.security.plain import PlainClient, PlainServer
from tests.messaging.helpers import soon


async def outcome(pull: Pull, security: Any) -> str:
    """Connect a PUSH and return the user id that it got, or why it was refused."""
    events = pull.events()
    async with Push(security=security, linger=0) as push:
        await push.connect(next(iter(pull._bindings)))
        async with asyncio.timeout(5):
            async for event in events:
                if isinstance(event, HandshakeSucceeded):
                    return event.peer.user_id
                if isinstance(event, HandshakeFailure):
                    return f"refused: {event.reason}"
    raise AssertionError


@asynccontextmanager
async def bound(security: Any, **options: Any) -> AsyncIterator[Pull]:
    async with Pull(security=security, **options) as pull:
        await pull.bind("tcp://127.0.0.1:*")
        yield pull


async def test_passwords_let_in_who_knows_one() -> None:
    async with bound(PlainServer(Passwords({"ann": "word"}))) as pull:
        assert await outcome(pull, PlainClient("ann", "word")) == "ann"
        assert "wrong user or password" in await outcome(pull, PlainClient("ann", "guess"))
        assert "wrong user or password" in await outcome(pull, PlainClient("bob", "word"))


async def test_certificates_are_read_again_when_they_change(tmp_path: Path) -> None:
    server, ann = CurveKeys.generate(), CurveKeys.generate()
    async with bound(CurveServer(server, CertificateDirectory(tmp_path))) as pull:
        assert "unknown key" in await outcome(pull, CurveClient(ann, server.public))
        await asyncio.to_thread(ann.save, tmp_path / "ann.cert")
        assert await outcome(pull, CurveClient(ann, server.public)) == ann.public
        await asyncio.to_thread(shutil.rmtree, tmp_path)
        await asyncio.to_thread(tmp_path.mkdir)
        assert "unknown key" in await outcome(pull, CurveClient(ann, server.public))


async def _later(request: AuthenticationRequest) -> str:
    await asyncio.sleep(0)
    return f"from {request.address} in {request.domain}"


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda _: True, ""),
        (lambda _: False, "refused: NULL: refused, 400 refused"),
        (_later, "from 127.0.0.1 in lab"),
        (lambda _: 1 / 0, "refused: NULL: refused, 500 the authenticator failed"),
    ],
)
async def test_a_function_decides(function: Callable[..., Any], expected: str) -> None:
    async with bound(Null(Asking(function)), zap_domain="lab") as pull:
        assert await outcome(pull, None) == expected


@asynccontextmanager
async def zap_handler(answer: Callable[[list[bytes]], list[bytes]]) -> AsyncIterator[list[list[bytes]]]:
    """A REP bound where ZAP handlers are; yields the requests it saw."""
    seen: list[list[bytes]] = []

    async def serve(rep: Rep) -> None:
        while True:
            request = await rep.recv_multipart()
            seen.append(request)
            await rep.send_multipart(answer(request))

    async with Rep() as rep:
        await rep.bind("inproc://zeromq.zap.01")
        task = asyncio.create_task(serve(rep))
        yield seen
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_zap_handler_is_asked_about_curve_keys() -> None:
    server, ann = CurveKeys.generate(), CurveKeys.generate()
    metadata = b"\x07X-Group\0\0\0\x05staff"
    async with (
        zap_handler(lambda _: [b"1.0", b"1", b"200", b"OK", b"ann", metadata]) as seen,
        bound(CurveServer(server), zap_domain="lab", routing_id=b"me") as pull,
    ):
        assert await outcome(pull, CurveClient(ann, server.public)) == "ann"
        version, number, domain, address, identity, mechanism, key = seen[0]
        assert (version, number, domain, address, identity) == (b"1.0", b"1", b"lab", b"127.0.0.1", b"me")
        assert (mechanism, len(key)) == (b"CURVE", 32)


@pytest.mark.parametrize(
    "reply",
    [
        [b"1.0", b"1", b"400", b"No", b"", b""],
        [b"1.0", b"2", b"200", b"OK", b"", b""],
        [b"2.0", b"1", b"200", b"OK", b"", b""],
        [b"1.0", b"1", b"200", b"OK", b"", b"\x05bad"],
        [b"1.0", b"1", b"999", b"OK", b"", b""],
        [b"1.0"],
    ],
)
async def test_a_refusing_or_malformed_zap_reply_lets_nobody_in(reply: list[bytes]) -> None:
    async with zap_handler(lambda _: reply), bound(None, zap_domain="lab") as pull:
        assert (await outcome(pull, None)).startswith("refused")


async def test_null_without_a_domain_asks_no_zap_handler() -> None:
    async with zap_handler(lambda _: [b"1.0", b"1", b"400", b"No", b"", b""]) as seen, bound(None) as pull:
        assert await outcome(pull, None) == ""
        assert seen == []


async def test_a_zap_handler_that_goes_lets_nobody_in() -> None:
    async with Rep() as rep, bound(None, zap_domain="lab") as pull:
        await rep.bind("inproc://zeromq.zap.01")
        verdict = asyncio.create_task(outcome(pull, None))
        await soon(rep.recv_multipart())
        await rep.close()
        assert "handler is gone" in await soon(verdict)


async def test_a_received_message_knows_its_sender() -> None:
    async with bound(PlainServer(Passwords({"ann": "word"})), peer_info=True) as pull:
        metadata = {"X-Room": b"7"}
        async with Push(security=PlainClient("ann", "word"), metadata=metadata) as push:
            await push.connect(next(iter(pull._bindings)))
            await push.send_many([b"a", [b"b", b"c"], b"d", b"e"])
            message = await soon(pull.recv_message())
            assert (message.frames, message.user_id) == ([b"a"], "ann")
            assert message.peer is not None
            assert message.peer.metadata["X-Room"] == b"7"
            assert await soon(pull.recv_multipart()) == [b"b", b"c"]
            assert await soon(pull.recv()) == b"d"
            assert await soon(pull.recv_many()) == [b"e"]


async def test_asking_for_the_sender_without_the_option_is_an_error() -> None:
    async with Pull() as pull:
        with pytest.raises(UsageError, match="peer_info"):
            await pull.recv_message()
