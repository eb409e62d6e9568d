"""Boxes of one key for many frames in a row, by libsodium's own functions.

PyNaCl's functions check, pad, allocate and cut for each call, which for small messages costs more than the
cipher. Its binding offers libsodium's functions too (NaCl's interface: zeros stand in front of both texts, and
both may be in one place); where a build of it does not, the checked functions do the same work.
"""

from __future__ import annotations

from typing import Any

import nacl.bindings
from nacl.exceptions import CryptoError

__all__ = ["BOX_PADDING", "CONTENT_PADDING", "CheckedBox", "KeptBox", "new_box"]

CONTENT_PADDING = 32
"""Zeros in front of what is sealed; what comes out has zeros in front of it, then the tag."""
BOX_PADDING = 16
"""Zeros in front of what is opened; what comes out has twice as many."""

_SMALLEST = 2048
_LARGEST = 128 * 1024  # a buffer beyond this is not kept


class CheckedBox:
    """Seals and opens by PyNaCl's checked functions.

    Args:
        key: that both ends share, 32 bytes.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal_in_place(self, buffer: bytearray, places: list[tuple[int, int, bytes]]) -> None:
        """Seal parts of `buffer`: each (start, size, nonce) begins with 32 zeros, which count.

        They become 16 octets without meaning and the tag.
        """
        for start, size, nonce in places:
            content = bytes(buffer[start + CONTENT_PADDING : start + size])
            box = nacl.bindings.crypto_box_afternm(content, nonce, self._key)
            buffer[start + BOX_PADDING : start + size] = box

    def open(self, padded: bytes, nonce: bytes) -> bytes | memoryview:
        """Return the content of the box that stands behind 16 zeros; valid until the next call.

        Raises:
            CryptoError: it does not open.
        """
        return nacl.bindings.crypto_box_open_afternm(padded[BOX_PADDING:], nonce, self._key)


class KeptBox(CheckedBox):
    """Seals where the content stands, and opens into a buffer that only grows."""

    __slots__ = ("_pointer", "_size", "_view")

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self._size = 0

    def seal_in_place(self, buffer: bytearray, places: list[tuple[int, int, bytes]]) -> None:
        """Seal parts of `buffer`; see `CheckedBox`."""
        base, key, seal = _ffi.from_buffer(buffer), self._key, _seal
        for start, size, nonce in places:
            at = base + start
            seal(at, at, size, nonce, key)  # never fails for 32 octets and more

    def open(self, padded: bytes, nonce: bytes) -> bytes | memoryview:
        """Return the content of the box that stands behind 16 zeros; valid until the next call.

        Raises:
            CryptoError: it does not open.
        """
        size = len(padded)
        if size > self._size:
            self._grow(size)
        if _open(self._pointer, padded, size, nonce, self._key):
            raise CryptoError("a box that does not open")
        return self._view[CONTENT_PADDING:size]

    def _grow(self, size: int) -> None:
        self._size = max(_SMALLEST, size)
        buffer = bytearray(self._size)
        self._view = memoryview(buffer)
        self._pointer = _ffi.from_buffer(buffer)
        if size > _LARGEST:
            self._size = 0  # the next call makes a new one


def _bind() -> tuple[Any, Any, Any] | None:
    """Return what libsodium is called by, None where this PyNaCl does not show it."""
    try:
        from nacl._sodium import ffi, lib

        return ffi, lib.crypto_box_afternm, lib.crypto_box_open_afternm
    except (ImportError, AttributeError):
        return None


_ffi: Any
_seal: Any
_open: Any
_ffi, _seal, _open = _bind() or (None, None, None)


def new_box(key: bytes) -> CheckedBox:
    """Return the fastest there is."""
    return CheckedBox(key) if _ffi is None else KeptBox(key)
