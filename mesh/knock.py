"""Knocks at a mailbox, and tells what the kernel of its machine says.

That is the same whether or not the process runs: connections to a port that nobody has any more are refused, for a
process that is stopped they are accepted, and nothing comes when the machine is gone. So::

    connect, several times while nothing comes back ──► refused: REFUSED      nothing: SILENT
      │
      ▼
    ACCEPTS, and wait for the greeting ──► it comes: GREETS    the machine answers no keepalive: SILENT
      │
      ▼
    closed without a greeting: connect again ──► refused: REFUSED    accepted time and again: ACCEPTS

The connection is kept as long as nothing is said on it: when a stopped process is killed, or goes on, the kernel
tells that at once, and there is no need to knock again.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Self

from covey.discovery.liveness import Evidence
from covey.endpoint import TcpAddress, parse_tcp

__all__ = ["knock"]

_Where = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_TRIES = 5
"""Connections within one's patience: a lost SYN is repeated by the kernel after a second only."""
_HELD = 60.0
"""Seconds for which a process may accept and not greet before it is looked at anew."""
_RECHECKS = (0.01, 0.05, 0.2, 0.5)
"""Seconds before further looks at a port that closes connections: a process that dies may give it back last."""
_KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
)
"""Seconds, seconds, number: how long a machine may be silent that accepted a connection."""


async def knock(endpoint: str, patience: float, accepted: Callable[[], None]) -> Evidence:
    """Return what comes of connecting to an endpoint in the end: REFUSED, SILENT, GREETS or ACCEPTS.

    Args:
        endpoint: `tcp://host:port`.
        patience: within which a connection must come about. Seconds.
        accepted: called when one did, before anything else is known.

    Cancel: closes what was opened.
    """
    try:
        family, where = await _resolve(parse_tcp(endpoint, for_bind=False))
    except OSError:
        return Evidence.SILENT
    for pause in (0.0, *_RECHECKS):
        await asyncio.sleep(pause)
        with _Attempts(family, where) as attempts:
            found = await attempts.make(patience)
            if isinstance(found, Evidence):
                return found
            accepted()
            said = await _listen(found)
        if said is not None:
            return said
    return Evidence.ACCEPTS


async def _resolve(address: TcpAddress) -> tuple[int, _Where]:
    """Return the family and the address of a socket.

    Raises:
        OSError: a name is not known.
    """
    find = partial(socket.getaddrinfo, address.host, address.port, type=socket.SOCK_STREAM)
    try:
        found = find(flags=socket.AI_NUMERICHOST)
    except OSError:
        found = await asyncio.get_running_loop().run_in_executor(None, find)
    family, _, _, _, where = found[0]
    return family, where


async def _listen(line: socket.socket) -> Evidence | None:
    """Return what comes on a connection, or None if it is closed without a word."""
    for level, name, value in _KEEPALIVE:
        line.setsockopt(level, name, value)
    try:
        async with asyncio.timeout(_HELD):
            said = await asyncio.get_running_loop().sock_recv(line, 1)
    except TimeoutError as error:
        # the kernel's own, of keepalives that nobody answered, has a number; ours has none
        return Evidence.ACCEPTS if error.errno is None else Evidence.SILENT
    except ConnectionResetError:
        return None
    except OSError:
        return Evidence.SILENT
    return Evidence.GREETS if said else None


class _Attempts:
    """Connections to one place, of which the first one that comes about is of use. A context that closes all."""

    def __init__(self, family: int, where: _Where) -> None:
        self._family = family
        self._where = where
        self._open: list[socket.socket] = []
        self._found: Evidence | socket.socket | None = None
        self._told = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            self._close(self._open[-1])

    async def make(self, patience: float) -> Evidence | socket.socket:
        """Return a connection, or REFUSED or SILENT, within `patience` seconds."""
        for _ in range(_TRIES):
            self._try()
            with suppress(TimeoutError):
                async with asyncio.timeout(patience / _TRIES):
                    await self._told.wait()
            # The loop takes what the kernel knows before it looks at timers, so it does no harm to be late.
            if self._found is not None:
                return self._found
        return Evidence.SILENT

    def _try(self) -> None:
        line = socket.socket(self._family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._open.append(line)
        try:
            line.connect(self._where)
        except BlockingIOError:
            asyncio.get_running_loop().add_writer(line.fileno(), self._ready, line)
        except OSError as error:
            self._failed(line, error.errno)
        else:
            self._succeeded(line)

    def _ready(self, line: socket.socket) -> None:
        asyncio.get_running_loop().remove_writer(line.fileno())
        if error := line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._failed(line, error)
        else:
            self._succeeded(line)

    def _failed(self, line: socket.socket, error: int | None) -> None:
        """Drop an attempt; that there is no way may change until the next one."""
        self._close(line)
        if error == errno.ECONNREFUSED and self._found is None:
            self._found = Evidence.REFUSED
            self._told.set()

    def _succeeded(self, line: socket.socket) -> None:
        if self._found is None:
            self._found = line
            self._told.set()

    def _close(self, line: socket.socket) -> None:
        self._open.remove(line)
        asyncio.get_running_loop().remove_writer(line.fileno())
        line.close()
