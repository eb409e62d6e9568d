"""Whether TIPC is to be had at all: quick to ask and quick to import, for those who start without it."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["ABSENT_MESSAGE", "module_installed"]

ABSENT_MESSAGE = (
    "this kernel has no TIPC: load its module with `modprobe tipc` (as root); "
    "all other transports work without it"
)

_MODULE_LISTS = ("modules.dep", "modules.builtin")
_LOADED = Path("/sys/module/tipc")
_RELEASE = Path("/proc/sys/kernel/osrelease")
_MODULES = Path("/lib/modules")


def module_installed() -> bool:
    """Whether the running kernel has the module loaded, on disk or built in. Never loads it."""
    if sys.platform != "linux":
        return False
    if _LOADED.exists():
        return True
    if not _RELEASE.exists():
        return False
    folder = _MODULES / _RELEASE.read_text().strip()
    return any("/tipc.ko" in path.read_text() for name in _MODULE_LISTS if (path := folder / name).exists())
