"""Which cipher and hash this machine is fast at."""

from __future__ import annotations

import functools
import platform

__all__ = ["fast_cipher", "fast_hash"]

_WITH_AES = frozenset({"x86_64", "amd64", "arm64"})
"""Machines that have AES in hardware wherever the kernel does not tell (macOS, Windows)."""
_SHA256 = frozenset({"sha_ni", "sha2"})
"""What x86 and ARM call theirs."""


@functools.cache
def fast_cipher() -> str:
    """Return `AESGCM` where the processor helps with AES, else `ChaChaPoly`, which is fast everywhere."""
    features = _features()
    has_aes = platform.machine().lower() in _WITH_AES if features is None else "aes" in features
    return "AESGCM" if has_aes else "ChaChaPoly"


@functools.cache
def fast_hash() -> str:
    """Return `SHA256` where the processor helps with it, else `BLAKE2s`; the handshake hashes much."""
    return "SHA256" if _SHA256 & (_features() or frozenset()) else "BLAKE2s"


@functools.cache
def _features() -> frozenset[str] | None:
    """Return what the processor has, None where the kernel does not tell."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            lines = [line for line in file if line.lower().startswith(("flags", "features"))]
    except OSError:
        return None
    return frozenset(lines[0].split()) if lines else frozenset()
