"""How covey's own modules are loaded when they are first needed: with little work that is of no use.

A program that starts a node beside others that start, too, competes with them for the processor, so each millisecond
of its imports is one of everybody's (`docs/performance.md`, starting up).
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from types import ModuleType

__all__ = ["load", "load_uuid"]


def load(name: str) -> ModuleType:
    """Import a module and return it.

    What imports make stays, so the garbage collector, which would look at all of it several times, rests meanwhile,
    and then takes it for old.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        load_uuid()
        return import_module(name)
    finally:
        if collects:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()  # everything is in the oldest generation now, without having been looked at
            gc.enable()


def load_uuid() -> None:
    """Import `uuid` without `platform`, of which it only asks the system's name.

    `platform` compiles a number of regular expressions: as much work as importing thirty of our modules. Whoever
    wants it gets it, also another thread that imports it in this very moment.
    """
    if sys.platform != "linux" or "uuid" in sys.modules or "platform" in sys.modules:
        return
    stand_in = _Platform("platform")
    sys.modules["platform"] = stand_in
    try:
        import uuid  # noqa: F401
    finally:
        stand_in.step_aside()


class _Platform(ModuleType):
    """Stands in for `platform`, and is it in all but `system` for those who got hold of it."""

    @staticmethod
    def system() -> str:
        """Return the system's name, like `platform.system`."""
        return os.uname().sysname

    def step_aside(self) -> None:
        """Let the next one who imports `platform` have the real one."""
        if sys.modules.get("platform") is self:
            del sys.modules["platform"]

    def __getattr__(self, name: str) -> object:
        self.step_aside()
        return getattr(import_module("platform"), name)
