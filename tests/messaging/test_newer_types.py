"""CLIENT, SERVER, SCATTER, GATHER, PEER, CHANNEL and STREAM."""

from __future__ import annotations

import asyncio

import pytest

from covey.errors import NoRoute, NotSupportedByType
from covey.messaging import Channel, Client, Dealer, Gather, Peer, Scatter, Server, Stream
from tests.messaging.helpers import connected, soon


@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:*", "inproc://newer"])
async def test_a_server_answers_each_client_by_its_number(endpoint: str) -> None:
    async with connected(Server(), Client(), Client(), endpoint=endpoint) as (server, one, two):
        await one.send(b"1?")
        await two.send(b"2?")
        for _ in range(2):
            who, question = await soon(server.recv_from())
            assert who != 0
            await server.send(question.replace(b"?", b"!"), routing_id=who)
        assert await soon(one.recv()) == b"1!"
        assert await soon(two.recv()) == b"2!"


async def test_a_server_cannot_send_to_nobody() -> None:
    async with Server() as server:
        with pytest.raises(NoRoute):
            await server.send(b"x", routing_id=7)


async def test_scatter_hands_out_and_gather_takes_in() -> None:
    async with connected(Gather(), Scatter(), Scatter()) as (gather, one, two):
        await one.send(b"1")
        await two.send(b"2")
        assert {await soon(gather.recv()), await soon(gather.recv())} == {b"1", b"2"}


async def test_a_peer_can_be_sent_to_as_soon_as_it_is_connected_to() -> None:
    async with Peer() as one, Peer() as two:
        where = await one.bind("tcp://127.0.0.1:*")
        number = await two.connect_peer(where)
        await two.send(b"hello", routing_id=number)
        who, data = await soon(one.recv_from())
        assert data == b"hello"
        await one.send(b"back", routing_id=who)
        assert await soon(two.recv_from()) == (number, b"back")


async def test_a_channel_joins_two() -> None:
    async with connected(Channel(), Channel()) as (one, two):
        await one.send(b"ping")
        assert await soon(two.recv()) == b"ping"


@pytest.mark.parametrize("kind", [Client, Scatter, Channel])
async def test_several_frames_are_refused(kind: type[Client | Scatter | Channel]) -> None:
    async with kind() as socket:
        with pytest.raises(NotSupportedByType):
            await socket.send_multipart([b"a", b"b"])
        with pytest.raises(NotSupportedByType):
            await socket.send_many([[b"a", b"b"]])


async def test_several_frames_from_a_peer_are_dropped_and_counted() -> None:
    class Liar(Dealer):
        socket_type = "CLIENT"
        peer_types = frozenset(("SERVER",))

    async with connected(Server(), Liar()) as (server, liar):
        await liar.send_multipart([b"a", b"b"])
        await liar.send(b"fine")
        assert (await soon(server.recv_from()))[1] == b"fine"
        assert server.statistics().dropped == 1


async def test_stream_speaks_to_plain_tcp_as_server() -> None:
    async with Stream() as stream:
        where = await stream.bind("tcp://127.0.0.1:*")
        port = int(where.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        who, empty = await soon(stream.recv_multipart())
        assert empty == b""
        writer.write(b"GET /")
        assert await soon(stream.recv_multipart()) == [who, b"GET /"]
        await stream.send_multipart([who, b"answer"])
        assert await soon(reader.readexactly(6)) == b"answer"
        await stream.send_multipart([who, b""])
        assert await soon(reader.read()) == b""
        assert await soon(stream.recv_multipart()) == [who, b""]
        with pytest.raises(NoRoute):
            await stream.send_multipart([who, b"late"])
        writer.close()


async def test_stream_speaks_to_plain_tcp_as_client() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(4) * 2)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with Stream(connect_routing_id=b"web", reconnect_ivl=-1, linger=0) as stream:
        await stream.connect(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert await soon(stream.recv_multipart()) == [b"web", b""]
        await stream.send_multipart([b"web", b"ping"])
        assert await soon(stream.recv_multipart()) == [b"web", b"pingping"]
        assert await soon(stream.recv_multipart()) == [b"web", b""]
    server.close()
