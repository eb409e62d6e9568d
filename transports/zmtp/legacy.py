"""Frames of ZMTP 1.0, as libzmq 2 speaks it.

::

    length   1 octet (1..254), or FF and 8 octets in network order; counts flags and body
    flags    bit 0 MORE, the others reserved
    body

Spec: RFC 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

from covey.errors import ProtocolError

from .constants import MAX_FRAME_SIZE, MAX_FRAMES_PER_MESSAGE, MORE, SHORT_FRAME_MAX
from .frames import Message

__all__ = ["V1Decoder", "encode_v1", "split_v1", "v1_overhead"]

_LONG = 0xFF
_LONG_HEADER = Struct(">BQB")
_LONG_SIZE = Struct(">Q")


def encode_v1(messages: Sequence[Message]) -> list[bytes]:
    """Return one buffer with the frames of `messages`."""
    out: list[bytes] = []
    for message in messages:
        frames = [message] if isinstance(message, bytes) else message
        for index, frame in enumerate(frames):
            flags = MORE if index < len(frames) - 1 else 0
            size = len(frame) + 1
            out.append(bytes((size, flags)) if size < _LONG else _LONG_HEADER.pack(_LONG, size, flags))
            out.append(frame)
    return [b"".join(out)]


def v1_overhead(message: Message) -> int:
    """Return how many octets more a message takes than in ZMTP 2 and 3."""
    frames = [message] if isinstance(message, bytes) else message
    return sum(
        (2 if len(frame) + 1 < _LONG else 10) - (2 if len(frame) <= SHORT_FRAME_MAX else 9)
        for frame in frames
    )


def split_v1(data: bytes | bytearray, at: int, max_size: int) -> tuple[int, bytes, int] | None:
    """Return (flags, body, end) of the frame at `at`, None when it is not whole.

    Raises:
        ProtocolError: its body is larger than `max_size` (-1 for no limit), or it has no flags.
    """
    if at >= len(data):
        return None
    size, begin = data[at], at + 1
    if size == _LONG:
        if len(data) - at < _LONG_HEADER.size - 1:
            return None
        size, begin = _LONG_SIZE.unpack_from(data, at + 1)[0], at + 9
    if size == 0:
        raise ProtocolError("a ZMTP 1.0 frame without flags")
    if size - 1 > MAX_FRAME_SIZE or 0 <= max_size < size - 1:
        raise ProtocolError(f"a frame of {size - 1} octets, over maxmsgsize {max_size}")
    end = begin + size
    if end > len(data):
        return None
    return data[begin], bytes(memoryview(data)[begin + 1 : end]), end


class V1Decoder:
    """Bytes in, whole messages out; the counterpart of `FrameDecoder` for ZMTP 1.0."""

    __slots__ = ("_data", "_parts", "at_limit", "max_size")

    def __init__(self, max_size: int = -1) -> None:
        self.max_size = max_size
        self.at_limit = False
        self._data = bytearray()
        self._parts: list[bytes] = []

    @property
    def buffered(self) -> int:
        """Octets held back until more arrive or the owner takes more messages."""
        return len(self._data)

    def feed(self, data: bytes | memoryview, messages: list[Message], limit: int) -> None:
        """Decode what was held back and `data` until `messages` has `limit` entries; hold the rest back.

        Raises:
            ProtocolError: a frame too large, or one that ZMTP 1.0 does not allow.
        """
        self._data += data
        position = 0
        while len(messages) < limit and (frame := split_v1(self._data, position, self.max_size)) is not None:
            flags, body, position = frame
            self._take(flags, body, messages)
        del self._data[:position]
        self.at_limit = len(messages) >= limit and bool(self._data)

    def _take(self, flags: int, body: bytes, messages: list[Message]) -> None:
        if flags & MORE:
            if len(self._parts) >= MAX_FRAMES_PER_MESSAGE:
                raise ProtocolError(f"a message of more than {MAX_FRAMES_PER_MESSAGE} frames")
            self._parts.append(body)
        elif self._parts:
            messages.append([*self._parts, body])
            self._parts = []
        else:
            messages.append(body)
