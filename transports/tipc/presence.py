"""Whether TIPC is to be had at all: quick to ask and quick to import, for those who start without it."""

from __future__ import annotations

import os
import sys

__all__ = ["ABSENT_MESSAGE", "module_installed"]

ABSENT_MESSAGE = (
    "this kernel has no TIPC: load its module with `modprobe tipc` (as root); "
    "all other transports work without it"
)

_MODULE_LISTS = ("modules.dep", "modules.builtin")
_LOADED = "/sys/module/tipc"
_MODULES = "/lib/modules"


def module_installed() -> bool:
    """Whether the running kernel has the module loaded, on disk or built in. Never loads it."""
    if sys.platform != "linux":
        return False
    if os.path.exists(_LOADED):
        return True
    folder = os.path.join(_MODULES, os.uname().release)
    return any(b"/tipc.ko" in _content(os.path.join(folder, name)) for name in _MODULE_LISTS)


def _content(path: str) -> bytes:
    """Return what a file holds, nothing where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
