"""tcp: addresses, names, proxies, sockets made by others."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import pytest

from covey.endpoint import parse_tcp
from covey.errors import EndpointError, ResourceError
from covey.messaging import Pull, Push
from covey.messaging.events import Retried
from covey.transports import tcp
from covey.transports.stream_transport import StreamOptions
from tests.messaging.helpers import connected, soon


@pytest.mark.parametrize("host", ["127.0.0.1", "lo", "localhost", "*"])
async def test_a_bound_endpoint_is_one_to_connect_to(host: str) -> None:
    async with connected(Pull(), Push(), endpoint=f"tcp://{host}:*") as (pull, push):
        await push.send(b"x")
        assert await soon(pull.recv()) == b"x"


async def test_ipv6_wildcards_take_both_families() -> None:
    async with Pull(ipv6=True) as pull, Push() as push:
        port = (await pull.bind("tcp://*:*")).rpartition(":")[2]
        await push.connect(f"tcp://127.0.0.1:{port}")
        await push.connect(f"tcp://[::1]:{port}")
        await soon(push.wait_connected(2))


async def test_a_source_address_is_used() -> None:
    async with Pull() as pull, Push() as push:
        where = (await pull.bind("tcp://127.0.0.1:*")).removeprefix("tcp://")
        await push.connect(f"tcp://127.0.0.2:0;{where}")
        await soon(pull.wait_connected())
        assert pull.statistics().connections[0].peer_address.startswith("127.0.0.2:")


@pytest.mark.parametrize(
    "endpoint",
    ["tcp://nohost", "tcp://:1", "tcp://h:99999", "tcp://h:x", "tcp://h h:1", "udx://h:1", "tcp://"],
)
async def test_an_endpoint_that_cannot_be_read_is_refused(endpoint: str) -> None:
    async with Push() as push:
        with pytest.raises(EndpointError):
            await push.connect(endpoint)


async def test_a_port_in_use_says_so() -> None:
    async with Pull() as one, Pull() as two:
        where = await one.bind("tcp://127.0.0.1:*")
        with pytest.raises(ResourceError, match="in use"):
            await two.bind(where)


async def test_a_name_that_cannot_be_is_retried_like_one_that_is_unknown() -> None:
    async with Push(linger=0) as push:
        events = push.events()
        await push.connect("tcp://a..b:1")
        assert isinstance(await soon(events.__anext__()), Retried)


async def test_a_listening_socket_passed_in_is_used() -> None:
    made = socket.create_server(("127.0.0.1", 0))
    async with Pull(use_fd=made.detach()) as pull, Push() as push:
        where = await pull.bind("tcp://127.0.0.1:*")
        await push.connect(where)
        await push.send(b"x")
        assert await soon(pull.recv()) == b"x"


async def test_a_descriptor_that_is_no_socket_is_refused() -> None:
    async with Pull(use_fd=1_000_000) as pull:
        with pytest.raises(ResourceError, match="descriptor"):
            await pull.bind("tcp://127.0.0.1:*")


async def test_an_address_that_answers_wins_over_one_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    good = server.getsockname()
    real = tcp._connect

    async def connect(family: Any, where: Any, *rest: Any) -> socket.socket:
        if where != good:
            await asyncio.Event().wait()
        return await real(family, where, *rest)

    async def resolve(*_: Any) -> list[Any]:
        return [(socket.AF_INET6, ("2001:db8::1", 1)), (socket.AF_INET, good)]

    monkeypatch.setattr(tcp, "_connect", connect)
    monkeypatch.setattr(tcp, "_resolve_remote", resolve)
    sock = await soon(tcp.TcpTransport().dial("tcp://name:1", StreamOptions()))
    assert sock.getpeername() == good
    sock.close()
    server.close()


_proxied: set[asyncio.Task[None]] = set()


async def _proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A SOCKS5 proxy that wants user and password, and takes names."""
    _proxied.add(cast("asyncio.Task[None]", asyncio.current_task()))
    _, count = await reader.readexactly(2)
    method = (await reader.readexactly(count))[0]
    writer.write(bytes((5, method)))
    if method == 2:
        size = (await reader.readexactly(2))[1]
        user = await reader.readexactly(size)
        word = await reader.readexactly((await reader.readexactly(1))[0])
        good = (user, word) == (b"me", b"secret")
        writer.write(bytes((1, 0 if good else 1)))
    _, _, _, kind = await reader.readexactly(4)
    size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
    await reader.readexactly(size)
    port = int.from_bytes(await reader.readexactly(2))
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x05\0\0\x01" + bytes(6))

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()
        await target.wait_closed()

    await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))


@pytest.mark.parametrize("options", [{}, {"socks_username": "me", "socks_password": "secret"}])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_connections_go_through_a_socks5_proxy(host: str, options: dict[str, Any]) -> None:
    proxy = await asyncio.start_server(_proxy, "127.0.0.1", 0)
    address = f"127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    async with Pull() as pull, Push(socks_proxy=address, **options) as push:
        port = (await pull.bind("tcp://127.0.0.1:*")).rpartition(":")[2]
        await push.connect(f"tcp://{host}:{port}")
        await push.send(b"through")
        assert await soon(pull.recv()) == b"through"
    await soon(asyncio.gather(*_proxied))
    _proxied.clear()
    proxy.close()


def test_endpoints_read_back() -> None:
    address = parse_tcp("tcp://[::1]:5", for_bind=False)
    assert (address.host, address.port, str(address)) == ("::1", 5, "[::1]:5")
