"""Being told of changes in a directory: by the kernel (inotify), elsewhere to look twice a second."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

__all__ = ["DirectoryWatch"]

_EVENTS = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
"""IN_MODIFY, ATTRIB, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE, DELETE_SELF, MOVE_SELF."""
_GONE = 0x400 | 0x800 | 0x8000
"""IN_DELETE_SELF, IN_MOVE_SELF, IN_IGNORED: the directory itself; there may be another one in its place."""
_QUIET = 0.05
"""Seconds for which more changes are waited for before telling: a file is made in several steps."""
_LOOK_EVERY = 0.5
"""Seconds between looks where the kernel cannot tell: systems without inotify, and no directory (yet)."""
_BUFFER = 65_536


class DirectoryWatch:
    """Calls back after each change, in the loop's thread. Use it in `async with`.

    Args:
        path: of the directory; it may vanish and come again.
        changed: called soon after something in it changed, at least once for each burst; and twice a second
            where only looking can tell.
    """

    def __init__(self, path: str, changed: Callable[[], None]) -> None:
        self._path = path
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._descriptor = -1
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        self._watch()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._unwatch()
        for handle in (self._timer, self._telling):
            if handle is not None:
                handle.cancel()

    def _watch(self) -> None:
        self._descriptor = _inotify(self._path)
        if self._descriptor >= 0:
            self._loop.add_reader(self._descriptor, self._readable)
        else:
            self._timer = self._loop.call_later(_LOOK_EVERY, self._look)

    def _unwatch(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _readable(self) -> None:
        try:
            events = os.read(self._descriptor, _BUFFER)
        except BlockingIOError:
            return
        self._tell_soon()
        if any(mask & _GONE for mask in _masks(events)):
            self._unwatch()
            self._watch()

    def _look(self) -> None:
        self._timer = None
        self._tell_soon()
        self._watch()

    def _tell_soon(self) -> None:
        if self._telling is None:
            self._telling = self._loop.call_later(_QUIET, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._changed()


def _inotify(path: str) -> int:
    """Return a descriptor that is readable when something changes, or -1 where that cannot be had."""
    if not sys.platform.startswith("linux"):
        return -1
    library = ctypes.CDLL(None, use_errno=True)
    descriptor: int = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor >= 0 and library.inotify_add_watch(descriptor, os.fsencode(path), _EVENTS) < 0:
        os.close(descriptor)
        return -1
    return descriptor


def _masks(events: bytes) -> list[int]:
    """Return what happened, from what the kernel wrote: watch(4) mask(4) cookie(4) length(4) name, each."""
    masks, at = [], 0
    while at + 16 <= len(events):
        masks.append(int.from_bytes(events[at + 4 : at + 8], sys.byteorder))
        at += 16 + int.from_bytes(events[at + 12 : at + 16], sys.byteorder)
    return masks
