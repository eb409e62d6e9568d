"""Keeping one connection to an endpoint: dial, and after every loss dial again with back-off."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from .backoff import Backoff
from .stream import Spawner
from .stream_transport import StreamOptions, StreamTransport

__all__ = ["Connector"]


class Connector:
    """Dials until a socket is connected, hands it over, and starts again when told that it was lost.

    Args:
        endpoint: where to.
        transport: of the endpoint.
        options: of the operating system's socket.
        backoff: delays between tries; reset by `succeeded`.
        connected: takes the connected socket.
        retrying: told the error and the delay in seconds before each further try; False ends it.
        spawn: runs the dialling.
    """

    def __init__(
        self,
        endpoint: str,
        transport: StreamTransport,
        options: StreamOptions,
        backoff: Backoff,
        connected: Callable[[socket.socket], None],
        retrying: Callable[[Exception, float], bool],
        spawn: Spawner,
    ) -> None:
        self.endpoint = endpoint
        self._transport = transport
        self._options = options
        self._backoff = backoff
        self._connected = connected
        self._retrying = retrying
        self._spawn = spawn
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def start(self) -> None:
        """Dial now."""
        self._timer = None
        if not self._stopped:
            self._spawn(self._dial(), f"connect {self.endpoint}")

    async def _dial(self) -> None:
        try:
            sock = await self._transport.dial(self.endpoint, self._options)
        except (OSError, TimeoutError) as error:
            self.lost(error)
            return
        if self._stopped:
            sock.close()
            return
        self._connected(sock)

    def succeeded(self) -> None:
        """The connection is good: the next loss starts at the shortest delay."""
        self._backoff.reset()

    def lost(self, error: Exception) -> None:
        """Dial again after the next delay."""
        if self._stopped or self._timer is not None:
            return
        delay = self._backoff.next_delay()
        if not self._retrying(error, delay):
            self._stopped = True
            return
        self._timer = asyncio.get_running_loop().call_later(delay, self.start)

    def stop(self) -> None:
        """Dial no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
