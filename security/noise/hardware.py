"""Which cipher this machine is fast at."""

from __future__ import annotations

import functools
import platform

__all__ = ["fast_cipher"]

_WITH_AES = frozenset({"x86_64", "amd64", "arm64"})
"""Machines that have AES in hardware wherever the kernel does not tell (macOS, Windows)."""


@functools.cache
def fast_cipher() -> str:
    """Return `AESGCM` where the processor helps with AES, else `ChaChaPoly`, which is fast everywhere."""
    return "AESGCM" if _has_aes() else "ChaChaPoly"


def _has_aes() -> bool:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            return any(
                "aes" in line.split() for line in file if line.lower().startswith(("flags", "features"))
            )
    except OSError:
        return platform.machine().lower() in _WITH_AES
