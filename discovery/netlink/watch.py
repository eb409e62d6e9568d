"""Calls back when links or addresses changed: a thin asyncio shell around the notifications."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self

from .constants import GROUPS, LONGEST_NOTIFICATION
from .wire import MalformedNotification, decode

__all__ = ["InterfaceWatch"]

_SETTLE = 0.1
"""Seconds to wait after the first notification: a new interface is told of in several."""
_PER_WAKEUP = 32

_logger = logging.getLogger(__name__)


class InterfaceWatch:
    """Calls `on_change` in the loop's thread, once for all changes of a moment.

    Where the kernel has no such notifications (or forbids them) it stays silent and says so in the log.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._socket: socket.socket | None = None
        self._pending: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Listen from now on."""
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; no call comes after this."""
        self.stop()

    def start(self) -> None:
        """Listen from now on; must be called in a running loop."""
        try:
            self._socket = socket.socket(
                socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0
            )
            self._socket.bind((0, GROUPS))
        except OSError as error:
            self.stop()
            _logger.info("changes of interfaces are not noticed: %s", error.strerror or error)
            return
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def stop(self) -> None:
        """Stop; no call comes after this."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        if self._socket is not None:
            if self._socket.getsockname()[1]:
                asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _readable(self) -> None:
        assert self._socket is not None
        for _ in range(_PER_WAKEUP):
            try:
                data = self._socket.recv(LONGEST_NOTIFICATION)
            except BlockingIOError:
                return
            except OSError:
                self._note_change()  # ENOBUFS: there were more than the buffer held
                return
            if self._tells_of_change(data):
                self._note_change()

    def _tells_of_change(self, data: bytes) -> bool:
        try:
            changes = decode(data)
        except MalformedNotification as error:
            _logger.debug("unreadable notification of the kernel: %s", error)
            return True
        if changes:
            _logger.debug("the kernel says: %s", changes)
        return bool(changes)

    def _note_change(self) -> None:
        if self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(_SETTLE, self._settled)

    def _settled(self) -> None:
        self._pending = None
        self._on_change()
