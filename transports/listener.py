"""Accepting connections on a listening stream socket."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

from .stream_transport import ListeningSocket

__all__ = ["Listener"]

_ACCEPTS_PER_WAKE = 64
_PAUSE = 0.5  # seconds without accepting when descriptors run out
_OUT_OF_RESOURCES = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


class Listener:
    """Accepts on one listening socket until closed.

    Args:
        listening: the socket, owned from now on.
        accepted: takes each new, non-blocking socket.
        failed: told of an accept that the system refused.
    """

    def __init__(
        self,
        listening: ListeningSocket,
        accepted: Callable[[socket.socket], None],
        failed: Callable[[OSError], None],
    ) -> None:
        self.endpoint = listening.endpoint
        self._sock = listening.sock
        self._cleanup = listening.cleanup
        self._accepted = accepted
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._resume: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._sock.fileno(), self._on_readable)

    def _on_readable(self) -> None:
        for _ in range(_ACCEPTS_PER_WAKE):
            try:
                sock, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._failed(error)
                if error.errno in _OUT_OF_RESOURCES:
                    self._pause()
                return
            sock.setblocking(False)
            self._accepted(sock)

    def _pause(self) -> None:
        """Stop for a moment: the socket stays readable, and spinning would not free a descriptor."""
        self._loop.remove_reader(self._sock.fileno())
        self._resume = self._loop.call_later(
            _PAUSE, self._loop.add_reader, self._sock.fileno(), self._on_readable
        )

    async def close(self) -> None:
        """Stop accepting and release the address: at once, but for a socket file, which takes a moment."""
        if self._resume is not None:
            self._resume.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        if self._cleanup is not None:
            await asyncio.to_thread(self._cleanup)
