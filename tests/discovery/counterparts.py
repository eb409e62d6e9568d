"""Programs that none of us wrote, and what happens when one is not installed."""

from __future__ import annotations

import ctypes.util
import importlib.util
import shutil

from tests.conftest import missing

__all__ = ["need"]


def need(*names: str) -> None:
    """Skip the test (fail it where everything must be present) unless these are installed."""
    for name in names:
        if not _FINDERS[name]():
            missing(f"{name} is not installed")


_FINDERS = {
    "czmq": lambda: ctypes.util.find_library("czmq") is not None,
    "pyre": lambda: importlib.util.find_spec("pyre") is not None,
    "etcd": lambda: all(shutil.which(name) for name in ("etcd", "etcdctl")),
    "avahi": lambda: all(shutil.which(name) for name in ("avahi-daemon", "avahi-browse", "dbus-daemon")),
}
