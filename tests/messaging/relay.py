"""A relay between a connecting and a bound socket, whose connections a test can cut."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Relay", "relay"]

_HOLDS = 8192
"""Octets that each of the relay's buffers takes, so that little is under way."""


class Relay:
    """Passes octets on in both directions. Made by `relay`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.endpoint = ""

    def cut(self) -> None:
        """Abort every connection; octets on their way are lost."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = _small(socket.socket())
        await asyncio.get_running_loop().sock_connect(far, ("127.0.0.1", self._port))
        far_reader, far_writer = await asyncio.open_connection(sock=far, limit=_HOLDS)
        self._writers += [writer, far_writer]
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    async def close(self) -> None:
        """Cut, and wait until nothing is served any more."""
        self.cut()
        await asyncio.gather(*self._tasks)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.set_write_buffer_limits(_HOLDS)
    try:
        while piece := await reader.read(_HOLDS):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.transport.abort()


def _small(sock: socket.socket) -> socket.socket:
    sock.setblocking(False)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, _HOLDS)
    return sock


@asynccontextmanager
async def relay(endpoint: str) -> AsyncIterator[Relay]:
    """Relay to a tcp endpoint on this machine; connect to `.endpoint`."""
    made = Relay(int(endpoint.rpartition(":")[2]))
    listening = _small(socket.socket())
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(made.accept, sock=listening, limit=_HOLDS)
    made.endpoint = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
    try:
        async with server:
            yield made
    finally:
        await made.close()
