"""A covey socket and a foreign libzmq socket that talk: how to open them, and what each pair can exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import covey
from covey.messaging.socket import Socket
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest
from tests.interop.libzmq import Libzmq, LibzmqSocket
from tests.interop.peers.zmq_peer import digest
from tests.messaging.helpers import soon

__all__ = ["PAIRS", "SIZES", "Match", "exchange", "match"]

SIZES = [0, 1, 255, 256, 8191, 65_536, 1 << 20]

PAIRS = [
    ("Push", "PULL"),
    ("Pull", "PUSH"),
    ("Pub", "SUB"),
    ("Sub", "PUB"),
    ("XPub", "XSUB"),
    ("XSub", "XPUB"),
    ("Req", "REP"),
    ("Rep", "REQ"),
    ("Dealer", "ROUTER"),
    ("Router", "DEALER"),
    ("Pair", "PAIR"),
    ("Dealer", "REP"),
    ("Req", "ROUTER"),
    ("Router", "REQ"),
    ("Rep", "DEALER"),
    ("Dealer", "DEALER"),
    ("Router", "ROUTER"),
]


@dataclass
class Match:
    """A covey socket and a libzmq socket that can talk, and what stands in front of a message each way."""

    ours: Any
    theirs: LibzmqSocket
    there: list[bytes]
    back: list[bytes]


async def _options(
    libzmq: Libzmq, security: str, kinds: tuple[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keyword arguments of our socket and the options of theirs."""
    if security == "plain":
        # A libzmq REQ that is the PLAIN server never sees an answer, not even libzmq's own.
        if kinds[0] in ("Push", "Pub", "Req", "Dealer", "XPub") or kinds[1] == "REQ":
            return {"security": covey.PlainServer(_check)}, {"plain_username": "u", "plain_password": "p"}
        await libzmq.authenticate(passwords={"u": "p"})
        return {"security": covey.PlainClient("u", "p")}, {"plain_server": 1}
    ours = covey.CurveKeys.generate()
    public, secret = await libzmq.curve_keypair()
    theirs = {"curve_publickey": public, "curve_secretkey": secret}
    if security == "curve-server":
        return {"security": covey.CurveServer(ours)}, {**theirs, "curve_serverkey": ours.public}
    if security == "curve-client":
        return {"security": covey.CurveClient(ours, public)}, {**theirs, "curve_server": 1}
    return {}, {}


def _check(request: AuthenticationRequest) -> AuthenticationReply:
    return AuthenticationReply(200 if request.credentials == (b"u", b"p") else 400)


@asynccontextmanager
async def match(
    libzmq: Libzmq, kinds: tuple[str, str], *, binder: str, security: str, endpoint: str = "tcp://127.0.0.1:*"
) -> AsyncIterator[Match]:
    kind, their_kind = kinds
    options, their_options = await _options(libzmq, security, kinds)
    if kind in ("Dealer", "Router"):
        options["routing_id"] = b"OURS"
    if their_kind in ("DEALER", "ROUTER", "REQ"):
        their_options["routing_id"] = "THEIRS"
    if their_kind == "SUB":
        their_options["subscribe"] = ""
    ours: Socket = getattr(covey, kind)(linger=0, **options)
    theirs = await libzmq.open(their_kind, **their_options)
    async with ours:
        if binder == "ours":
            await theirs.connect(await ours.bind(endpoint))
        else:
            await ours.connect(await theirs.bind(endpoint))
        await soon(ours.wait_connected())
        await _subscribe(ours, theirs, kinds)
        yield Match(ours, theirs, *_envelopes(kinds))
    await theirs.close()


async def _subscribe(ours: Any, theirs: LibzmqSocket, kinds: tuple[str, str]) -> None:
    kind, their_kind = kinds
    if kind in ("Sub", "XSub"):
        ours.subscribe(b"")
    if their_kind == "XPUB":
        assert await theirs.recv() == [b"\x01"]
    if their_kind == "PUB":
        await _until_heard(ours, theirs)
    if their_kind == "XSUB":
        await theirs.send(b"\x01")
    if kind in ("Pub", "XPub"):
        told = asyncio.create_task(ours.wait_subscribed(b""))
        while not told.done():
            await theirs.poll(0.02)  # a libzmq subscriber speaks only when its application calls
        await told
    if kind == "XPub":
        assert await soon(ours.recv()) == b"\x01"


async def _until_heard(ours: Any, theirs: LibzmqSocket) -> None:
    """A libzmq PUB cannot say when it was subscribed to: try until something arrives."""
    heard = asyncio.create_task(ours.recv())
    while not heard.done():
        await theirs.send(b"probe")
        await asyncio.wait([heard], timeout=0.02)
    await theirs.send(b"mark")
    while await soon(ours.recv()) != b"mark":
        pass


def _envelopes(kinds: tuple[str, str]) -> tuple[list[bytes], list[bytes]]:
    kind, their_kind = kinds
    there: list[bytes] = []
    back: list[bytes] = []
    if kind == "Router":
        there = [b"THEIRS"]
    if their_kind == "REP" and kind == "Dealer":
        there = [*there, b""]
    if their_kind == "ROUTER":
        back = [b"OURS"]
    if their_kind == "DEALER" and kind == "Rep":
        back = [*back, b""]
    return there, back


async def exchange(pair: Match, kinds: tuple[str, str], body: list[bytes]) -> None:
    """Send a message there, back, or both, as the two types can."""
    kind, their_kind = kinds
    ours, theirs = pair.ours, pair.theirs
    if kind in ("Push", "Pub", "XPub"):
        await ours.send_multipart(body)
        assert (await theirs.digest())[0] == digest(body)
    elif kind in ("Pull", "Sub", "XSub"):
        await theirs.send(*body)
        assert await soon(ours.recv_multipart()) == body
    elif kind == "Rep" or (kind == "Router" and their_kind == "REQ"):
        await theirs.send(*pair.back, *body)
        got = await soon(ours.recv_multipart())
        assert got[-len(body) :] == body
        await ours.send_multipart(got)
        assert (await theirs.recv())[-len(body) :] == body
    else:
        await ours.send_multipart([*pair.there, *body])
        await theirs.echo()
        assert (await soon(ours.recv_multipart()))[-len(body) :] == body
