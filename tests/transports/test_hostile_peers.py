"""Raw peers that misbehave: the socket refuses them, says so, and goes on serving others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from covey.messaging import Pull, Push
from covey.messaging.authenticators import Passwords
from covey.messaging.events import Disconnected, HandshakeFailure, SocketEvent
from covey.security.plain import PlainServer
from covey.transports.zmtp.frames import encode_command, encode_frame_header
from covey.transports.zmtp.greeting import Greeting
from tests.messaging.helpers import soon

GREETING = Greeting("NULL").encode()
READY = encode_command(b"\x05READY\x0bSocket-Type\0\0\0\x04PUSH")


class Raw:
    """A TCP connection whose bytes are written by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, endpoint: str) -> Raw:
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def send(self, data: bytes, *, piece: int = 0) -> None:
        if not piece:
            self.writer.write(data)
            await self.writer.drain()
            return
        for at in range(0, len(data), piece):
            self.writer.write(data[at : at + piece])
            await asyncio.sleep(0)

    async def shake_hands(self) -> None:
        await self.send(GREETING + READY)
        await self.reader.readexactly(64 + len(READY))

    async def ended(self) -> bytes:
        """Read until the other end closes."""
        try:
            return await soon(self.reader.read())
        except ConnectionResetError:
            return b""

    def close(self) -> None:
        self.writer.close()


@pytest.fixture
async def pull() -> AsyncIterator[Pull]:
    async with Pull(linger=0, maxmsgsize=10_000) as one:
        await one.bind("tcp://127.0.0.1:*")
        yield one


def where(pull: Pull) -> str:
    return next(iter(pull._bindings))


async def still_serves(pull: Pull) -> None:
    async with Push() as push:
        await push.connect(where(pull))
        await push.send(b"good")
        assert await soon(pull.recv()) == b"good"


async def next_of(events: AsyncIterator[SocketEvent], *kinds: type[SocketEvent]) -> SocketEvent:
    async with asyncio.timeout(5):
        async for event in events:
            if isinstance(event, kinds):
                return event
    raise AssertionError("no such event")


BAD_STARTS = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(200),
    "wrong mechanism": Greeting("PLAIN").encode(),
    "no command": GREETING + b"\x00\xff" + bytes(255),
    "oversized ready": GREETING + b"\x06" + (2**40).to_bytes(8, "big"),
    "malformed metadata": GREETING + encode_command(b"\x05READY\x0bSocket-Type\0\0\0\x09PUSH"),
    "no socket type's name": GREETING + encode_command(b"\x05READY\x0bSocket-Type\0\0\0\0"),
    "two socket types": GREETING
    + encode_command(b"\x05READY\x0bSocket-Type\0\0\0\x04PUSH\x0bSocket-Type\0\0\0\x03SUB"),
    "wrong socket type": GREETING + encode_command(b"\x05READY\x0bSocket-Type\0\0\0\x03SUB"),
    "wrong order": GREETING + encode_command(b"\x07WELCOME"),
    "error": GREETING + encode_command(b"\x05ERROR\x03400"),
}


@pytest.mark.parametrize("start", BAD_STARTS.values(), ids=BAD_STARTS.keys())
async def test_a_bad_start_is_refused_and_reported(pull: Pull, start: bytes) -> None:
    events = pull.events()
    raw = await Raw.open(where(pull))
    await raw.send(start)
    event = await next_of(events, HandshakeFailure)
    assert isinstance(event, HandshakeFailure)
    assert event.reason
    await raw.ended()
    raw.close()
    assert pull.statistics().handshakes_failed == 1
    await still_serves(pull)


BAD_TRAFFIC = {
    "oversized": encode_frame_header(10_001),
    "absurd": b"\x02" + b"\xff" * 8,
    "command with MORE": b"\x05\x01x",
}


@pytest.mark.parametrize("traffic", BAD_TRAFFIC.values(), ids=BAD_TRAFFIC.keys())
async def test_bad_traffic_ends_the_connection_behind_good_messages(pull: Pull, traffic: bytes) -> None:
    events = pull.events()
    raw = await Raw.open(where(pull))
    await raw.shake_hands()
    await raw.send(b"\x00\x02ok" + traffic)
    assert await soon(pull.recv()) == b"ok"
    await next_of(events, Disconnected)
    await raw.ended()
    raw.close()
    await still_serves(pull)


async def test_a_peer_that_speaks_byte_by_byte_is_understood(pull: Pull) -> None:
    raw = await Raw.open(where(pull))
    await raw.send(GREETING + READY, piece=1)
    await raw.reader.readexactly(64 + len(READY))
    await raw.send(b"\x01\x01a" + b"\x02" + (300).to_bytes(8, "big") + bytes(300), piece=1)
    assert await soon(pull.recv_multipart()) == [b"a", bytes(300)]
    raw.close()


async def test_a_peer_that_does_not_wait_for_its_verdict_loses_nothing() -> None:
    hello, initiate = b"\x05HELLO\x01u\x01p", b"\x08INITIATE\x0bSocket-Type\0\0\0\x04PUSH"
    async with Pull(security=PlainServer(Passwords({"u": "p"}))) as pull:
        raw = await Raw.open(await pull.bind("tcp://127.0.0.1:*"))
        start = Greeting("PLAIN").encode() + encode_command(hello) + encode_command(initiate)
        await raw.send(start + b"\0\5early\0\5cut")
        assert await soon(pull.recv()) == b"early"
        await raw.send(b"up")
        assert await soon(pull.recv()) == b"cutup"
        raw.close()


async def test_silent_connections_hold_nobody_up_and_end_by_themselves() -> None:
    async with Pull(handshake_ivl=100) as pull:
        endpoint = await pull.bind("tcp://127.0.0.1:*")
        silent = [await Raw.open(endpoint) for _ in range(50)]
        await still_serves(pull)
        for raw in silent:
            await raw.ended()
            raw.close()
        assert pull.statistics().handshakes_failed == 50
        await still_serves(pull)


async def test_a_flood_of_unfinished_handshakes_is_bounded() -> None:
    async with Pull() as pull:
        endpoint = await pull.bind("tcp://127.0.0.1:*")
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        loop = asyncio.get_running_loop()
        flood = [socket.socket() for _ in range(600)]
        for one in flood:
            one.setblocking(False)
            await soon(loop.sock_connect(one, (host, int(port))))
        await still_serves(pull)
        assert len(pull._doorkeeper.waiting) <= 512
        for one in flood:
            one.close()


async def test_a_peer_that_pings_but_never_reads_is_given_up() -> None:
    async with Push(sndbuf=4096, linger=0) as push:
        endpoint = await push.bind("tcp://127.0.0.1:*")
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.connect((host, int(port)))
            raw.sendall(GREETING + encode_command(b"\x05READY\x0bSocket-Type\0\0\0\x04PULL"))
            await soon(push.wait_connected())
            events = push.events()
            raw.setblocking(False)
            ping = encode_command(b"\x04PING\0\0" + b"c" * 16) * 1000
            loop = asyncio.get_running_loop()

            async def flood() -> None:
                try:
                    while True:
                        await loop.sock_sendall(raw, ping)
                except OSError:
                    pass

            task = asyncio.create_task(flood())
            event = await next_of(events, Disconnected)
            assert isinstance(event, Disconnected)
            assert "does not read" in event.reason
            await soon(task)


async def test_a_connecting_socket_survives_a_server_that_talks_nonsense() -> None:
    answers = [b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(60), b"", GREETING + b"\xff" * 100]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop() if answers else b"")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Push(reconnect_ivl=2, linger=0) as push:
        events = push.events()
        await push.connect(f"tcp://127.0.0.1:{port}")
        for _ in range(4):
            await next_of(events, HandshakeFailure)
        server.close()
        await server.wait_closed()
        async with Pull() as pull:
            await pull.bind(f"tcp://127.0.0.1:{port}")
            await push.send(b"at last")
            assert await soon(pull.recv()) == b"at last"
