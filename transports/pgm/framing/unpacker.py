"""Turns the stream octets of one source back into messages."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final

from ..constants import FRAME_MORE, LONG_LENGTH, MAX_FRAMES
from .packer import Buffer, Message

__all__ = ["Unpacker"]

_LONG_HEAD: Final = 10
_BLOCK: Final = 32
_FEW: Final = 8
_SHORT_ENOUGH: Final = 8192
"""Longest frame with the long form of the length of which several are looked at together."""
_SAME: Final = tuple(bytes((octet,)) * _BLOCK for octet in range(LONG_LENGTH))
_BLOCKS: dict[int, struct.Struct] = {}
"""Frame length to the layout of 32 such frames in a row."""


def _block(length: int) -> struct.Struct:
    layout = _BLOCKS.get(length)
    if layout is None:
        layout = _BLOCKS[length] = struct.Struct(f"2x{length - 1}s" * _BLOCK)
    return layout


@lru_cache(maxsize=64)
def _long_block(length: int) -> struct.Struct:
    """Return the layout of several frames of that length in a row: head, body, head, body ..."""
    return struct.Struct(f"{_LONG_HEAD}s{length - 1}s" * _FEW)


class Unpacker:
    """The decoder of one source's stream; joins at message boundaries only.

    Never fails: what cannot be part of a stream makes it leave and join again at the next boundary;
    `resyncs` counts that.
    """

    __slots__ = (
        "_body",
        "_have",
        "_limit",
        "_need",
        "_octets",
        "_parts",
        "frames",
        "is_joined",
        "messages",
        "resyncs",
    )

    def __init__(self, max_message: int) -> None:
        self._limit = max_message
        self._parts: list[Buffer] = []
        self._body = 0
        """Octets of `_parts` before the body, when all that is needed is the rest of a message of one frame."""
        self._have = 0
        self._need = 0
        """Octets that the frame begun needs from the start of `_parts`; 0 between frames."""
        self._octets = 0
        """Of the frames in `frames`."""
        self.frames: list[bytes] = []
        """Frames of a message that is not complete."""
        self.messages: list[Message] = []
        """What was decoded; the owner takes the list away."""
        self.is_joined = False
        self.resyncs = 0

    def leave(self) -> None:
        """Forget the message in flight; the next boundary joins again. Octets were lost, or make no sense."""
        self.is_joined = False
        self._clear()
        self.frames = []
        self._octets = 0

    def feed(self, data: bytes, start: int) -> None:
        """Decode consecutive stream octets.

        Args:
            data: copied where it becomes a message.
            start: where in `data` a message is known to start, at most `len(data)`; -1 if nowhere.
        """
        if not self.is_joined:
            if start < 0:
                return
            self.is_joined = True
            data = data[start:]
        elif self._need:
            if 0 <= start < self._need - self._have:
                self.resyncs += 1
                self.leave()
                self.feed(data, start)
                return
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._need:
                return
            data = self._take_message() if self._body else b"".join(self._parts)
            self._clear()
        if not self._decode(data):
            self.resyncs += 1
            self.leave()

    def _take_message(self) -> bytes:
        """Put the message begun together, with one copy, and return what follows it."""
        parts = self._parts
        last = parts.pop()
        end = len(last) - (self._have - self._need)
        parts[0] = memoryview(parts[0])[self._body :]
        self.messages.append(b"".join((*parts, memoryview(last)[:end])))
        return bytes(last[end:])

    def _clear(self) -> None:
        self._parts = []
        self._have = self._need = self._body = 0

    def _decode(self, data: bytes) -> bool:
        """Decode frames from `data`, which starts with one; keep what is left. False: no frame can be so."""
        position, end = 0, len(data)
        append, limit = self.messages.append, self._limit + 1
        patience = 0
        while position < end:
            length = data[position]
            if length == LONG_LENGTH:
                body = position + _LONG_HEAD
                if body > end:
                    return self._keep(data, position, body)
                length = int.from_bytes(data[position + 1 : position + 9], "big")
            else:
                body = position + 2
            if not 0 < length <= limit:
                return False
            stop = body + length - 1
            if stop > end:
                if body <= end and not (data[body - 1] & FRAME_MORE or self.frames):
                    self._body = body - position
                return self._keep(data, position, stop)
            if data[body - 1] & FRAME_MORE or self.frames:
                if not self._frame(data[body:stop], data[body - 1]):
                    return False
            else:
                append(data[body:stop])
                if patience:
                    patience -= 1
                else:
                    same = self._decode_short if body - position < _LONG_HEAD else self._decode_long
                    after = same(data, stop, length)
                    patience = 0 if after > stop else _BLOCK
                    stop = after
            position = stop
        return True

    def _decode_long(self, data: bytes, position: int, length: int) -> int:
        """Decode single frames with the long form of `length` as long as they last; return where they end."""
        head = b"%c%b\0" % (LONG_LENGTH, length.to_bytes(8, "big"))
        end, append = len(data), self.messages.append
        if length <= _SHORT_ENOUGH:
            step, layout = _LONG_HEAD + length - 1, _long_block(length)
            while (stop := position + step * _FEW) <= end:
                cells = layout.unpack_from(data, position)
                if cells[::2].count(head) != _FEW:
                    break
                self.messages += cells[1::2]
                position = stop
        while data.startswith(head, position):
            stop = position + _LONG_HEAD + length - 1
            if stop > end:
                break
            append(data[position + _LONG_HEAD : stop])
            position = stop
        return position

    def _decode_short(self, data: bytes, position: int, length: int) -> int:
        """Decode blocks of 32 single frames of `length`, as long as they last; return where they end."""
        step = length + 1
        head, flags, layout = _SAME[length], _SAME[0], None
        while (stop := position + step * _BLOCK) <= len(data):
            if data[position:stop:step] != head or data[position + 1 : stop : step] != flags:
                break
            layout = layout or _block(length)
            self.messages += layout.unpack_from(data, position)
            position = stop
        return position

    def _frame(self, frame: bytes, flags: int) -> bool:
        self.frames.append(frame)
        self._octets += len(frame)
        if self._octets > self._limit or len(self.frames) > MAX_FRAMES:
            return False
        if not flags & FRAME_MORE:
            self.messages.append(self.frames)
            self.frames = []
            self._octets = 0
        return True

    def _keep(self, data: bytes, position: int, need_to: int) -> bool:
        rest: Buffer = data[position:] if position > len(data) // 2 else memoryview(data)[position:]
        self._parts = [rest]
        self._have = len(rest)
        self._need = need_to - position
        return True
