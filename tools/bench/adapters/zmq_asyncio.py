"""pyzmq's own asyncio face."""

from __future__ import annotations

from typing import Any

import zmq
import zmq.asyncio

from .zmq_blocking import ZmqSockets

__all__ = ["ZmqAsyncio", "make"]


class ZmqAsyncio(ZmqSockets):
    """Opens sockets whose calls are awaited."""

    def __init__(self) -> None:
        self.context = zmq.asyncio.Context()
        self.context.max_sockets = 20_000

    async def bind(self, sock: Any, endpoint: str) -> str:
        """Bind and return the endpoint as resolved."""
        return self.bind_and_resolve(sock, endpoint)

    async def connect(self, sock: Any, endpoint: str) -> None:
        """Begin to connect."""
        sock.connect(endpoint)


def make() -> ZmqAsyncio:
    """Return the adapter."""
    return ZmqAsyncio()
