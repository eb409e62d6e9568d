"""Lines from standard input, whatever it is, without holding up the loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator

__all__ = ["lines_from"]

CHUNK = 65_536
WAITING = 64
"""Chunks that are read ahead."""


async def lines_from(descriptor: int) -> AsyncIterator[bytes]:
    """Yield each line without its line end; a last one without line end counts too.

    A thread reads, because files and /dev/null cannot be watched by the loop; by `os.read`, because a
    buffered reader holds a lock that an interpreter on its way out would wait for.
    """
    chunks: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(descriptor, chunks, loop), name="read input", daemon=True).start()
    rest = b""
    while chunk := await chunks.get():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest


def _read(descriptor: int, chunks: asyncio.Queue[bytes], loop: asyncio.AbstractEventLoop) -> None:
    """Pass chunks on until the input ends, which an empty one says."""
    while True:
        try:
            chunk = os.read(descriptor, CHUNK)
        except OSError:
            chunk = b""
        try:
            asyncio.run_coroutine_threadsafe(chunks.put(chunk), loop).result()
        except RuntimeError:  # the loop is closed: nobody listens any more
            return
        if not chunk:
            return
