"""Move this process out of the machine's network, into namespaces of its own."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LanUnavailable", "inside", "is_isolated", "isolate"]

_libc = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS = 0x00020000
_NEW_HOSTNAME = 0x04000000
_NEW_USER = 0x10000000
_NEW_NETWORK = 0x40000000
_MOUNT_RECURSIVE_PRIVATE = 0x4000 | 0x40000

_MARK = "COVEY_TEST_NETWORK"
"""Environment variable that holds the identity of the namespace that `isolate` made."""

_SET_UP = """
ip link set lo up multicast on
ip route add 224.0.0.0/4 dev lo
mount -t sysfs sysfs /sys || true
"""


_TOOLS = ("bridge", "ip", "mount", "nft", "nsenter", "setpriv", "unshare")
_SYSTEM_PATH = ":/usr/local/sbin:/usr/sbin:/sbin"
"""Where Debian keeps some of them, which only root has in its PATH."""


class LanUnavailable(Exception):
    """The machine allows no network namespaces, to root or through a user namespace, or lacks the tools."""


def is_isolated() -> bool:
    """Say whether this process lives in a network of its own, made by `isolate`."""
    return os.environ.get(_MARK) == _network_identity()


def isolate() -> None:
    """Leave the machine's network for a new one that has only a loopback interface.

    Afterwards this process and its children can reach nobody but themselves, are allowed to make further
    namespaces, and can multicast and broadcast on `lo` alone. Without root a user namespace gives the rights.
    The machine's name becomes `localhost`, so that it resolves where there is no resolver.

    Raises:
        LanUnavailable: neither way is allowed here, or a tool is missing; nothing has changed.
    """
    if is_isolated():
        return
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + _SYSTEM_PATH
    if lacking := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        raise LanUnavailable(f"the test LAN needs these programs: {', '.join(lacking)}")
    wanted = _NEW_NETWORK | _NEW_MOUNTS | _NEW_HOSTNAME
    user, group = os.geteuid(), os.getegid()
    if user != 0 or _libc.unshare(wanted) != 0:
        if _libc.unshare(wanted | _NEW_USER) != 0:
            reason = os.strerror(ctypes.get_errno())
            raise LanUnavailable(f"this machine allows no network namespaces ({reason})")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _check(_libc.mount(b"none", b"/", None, _MOUNT_RECURSIVE_PRIVATE, None), "mount")
    socket.sethostname("localhost")
    subprocess.run(["sh", "-ec", _SET_UP], check=True, stderr=subprocess.DEVNULL)
    os.environ[_MARK] = _network_identity()


@contextmanager
def inside(pid: int) -> Iterator[None]:
    """Be in the network of another process: sockets made meanwhile in this thread belong there for ever.

    No `await` inside: other tasks of the loop would find themselves on the wrong host.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        away = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        try:
            _check(_libc.setns(away, _NEW_NETWORK), "setns")
        finally:
            os.close(away)
        try:
            yield
        finally:
            _check(_libc.setns(home, _NEW_NETWORK), "setns")
    finally:
        os.close(home)


def _network_identity() -> str:
    return os.readlink("/proc/self/ns/net")


def _check(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
