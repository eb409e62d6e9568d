"""Modules that others import long before they use them, loaded when they are used.

`import asyncio` loads `ssl` and `inspect`, a quarter of its time, for TLS and for debugging. A process of the `covey`
command seldom has a use for either, so it lets such modules be imported as placeholders. The first look into one
loads it, and from then on it is the module: `import ssl` and all that is done with it work as always.

A program in which others start beside it may do the same, before it imports asyncio:

    from covey.late_imports import IMPORTED_BY_ASYNCIO, postpone

    postpone(IMPORTED_BY_ASYNCIO)
    import asyncio

covey never does it for a program that did not ask: what a process imports is its own affair.
"""

from __future__ import annotations

import sys
from _thread import RLock
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # without what `importlib.abc` imports

__all__ = ["IMPORTED_BY_ASYNCIO", "postpone"]

IMPORTED_BY_ASYNCIO = ("asyncio.sslproto", "inspect", "linecache", "ssl", "traceback")
_lock = RLock()  # `threading` may not be loaded yet, and is not needed for this


def postpone(names: Iterable[str]) -> None:
    """Load these modules when somebody looks into them; those that are loaded already stay so.

    Where Python was built without TLS, `ssl` is left alone: asyncio finds out by importing it.
    """
    wanted = frozenset(name for name in names if name != "ssl" or PathFinder.find_spec("_ssl"))
    sys.meta_path.insert(0, _Finder(wanted))


class _Finder:
    """Finds placeholders in the place of some modules."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load one of those modules late, None for every other module."""
        if name not in self._names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LateLoader(spec.loader)
        return spec


class _LateLoader(Loader):
    """Makes a placeholder.

    Args:
        real: loads the module in the end.
    """

    def __init__(self, real: Any) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the placeholder."""
        return _Placeholder(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing yet."""

    def load(self, module: ModuleType) -> None:
        """Do it; if that fails, the next one who looks into the module tries again."""
        spec = module.__spec__
        assert spec is not None
        spec.loader = module.__loader__ = self._real
        try:
            self._real.exec_module(module)
        except BaseException:
            spec.loader = module.__loader__ = self
            raise
        module.__class__ = ModuleType


class _Placeholder(ModuleType):
    """A module until somebody looks into it."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__" or not name.startswith("__"):  # the import system asks others of every module
            with _lock:
                loader = self.__loader__
                if isinstance(loader, _LateLoader):
                    loader.load(self)
            if type(self) is ModuleType:
                return getattr(self, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
