"""Sockets for tests: connected pairs, and a patience for everything that is awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from covey.messaging.socket import Socket

__all__ = ["PATIENCE", "connected", "soon"]

PATIENCE = 5.0
T = TypeVar("T")
S = TypeVar("S", bound=Socket)
R = TypeVar("R", bound=Socket)


async def soon(what: Awaitable[T]) -> T:
    """Await with patience."""
    async with asyncio.timeout(PATIENCE):
        return await what


@asynccontextmanager
async def connected(
    binder: S, *connecters: R, endpoint: str = "tcp://127.0.0.1:*"
) -> AsyncIterator[tuple[Any, ...]]:
    """Bind one socket, connect the others and wait until all are connected; close them at the end."""
    try:
        where = await binder.bind(endpoint)
        for one in connecters:
            await one.connect(where)
        for one in connecters:
            await soon(one.wait_connected())
        await soon(binder.wait_connected(len(connecters)))
        yield binder, *connecters
    finally:
        for one in connecters:
            await one.close(0)
        await binder.close(0)
