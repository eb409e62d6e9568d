"""ZMTP 3.x frames: many at a time, because the price of a message in Python is the price of touching it.

::

    flags(1)  bit 0 MORE, bit 1 LONG, bit 2 COMMAND
    size      1 octet, or 8 (network order) when LONG
    body

A message is `bytes` when it has one frame and `list[bytes]` when it has several.

Spec: RFC 37, section "Framing".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct

from covey.errors import ProtocolError

from .constants import COMMAND, LONG, MAX_FRAME_SIZE, MAX_FRAMES_PER_MESSAGE, MORE, SHORT_FRAME_MAX

__all__ = [
    "FrameDecoder",
    "Message",
    "encode_command",
    "encode_frame_header",
    "encode_messages",
    "split_frame",
    "wire_size",
]

Message = bytes | list[bytes]

_LONG_HEADER = Struct(">BQ")
_SHORT_HEADER_SIZE = 2
_LONG_HEADER_SIZE = _LONG_HEADER.size
_LONG_SIZE = Struct(">Q")
_SHORT_HEADERS = tuple(bytes((0, size)) for size in range(256))
_SHORT_MORE_HEADERS = tuple(bytes((MORE, size)) for size in range(256))
_JOIN_LIMIT = 16 * 1024  # a body from this size on is handed to the kernel as it is, not copied into a batch
_RUN_MIN = 8  # frames of equal size that are worth treating as a run
_SMALL_PIECE = 1024  # pieces of a large frame below this are collected in one buffer
_RUN_BODY_MAX = 4096  # a body from here on is worth touching alone, and its chunk not worth copying
_RUN_RETRY = 64  # frames to decode one by one after a run was looked for in vain


@lru_cache(1024)
def encode_frame_header(size: int, flags: int = 0) -> bytes:
    """Return the header of a frame whose body has `size` octets."""
    if size <= SHORT_FRAME_MAX:
        return bytes((flags, size))
    return _LONG_HEADER.pack(flags | LONG, size)


def encode_command(body: bytes) -> bytes:
    """Return a whole COMMAND frame."""
    return encode_frame_header(len(body), COMMAND) + body


def wire_size(message: Message) -> int:
    """Return how many octets a message takes on an unsealed connection."""
    frames = (message,) if isinstance(message, bytes) else message
    return sum(len(frame) + (2 if len(frame) <= SHORT_FRAME_MAX else 9) for frame in frames)


def _encode_multipart(frames: Sequence[bytes], out: list[bytes]) -> None:
    last = len(frames) - 1
    for index, frame in enumerate(frames):
        size = len(frame)
        if size <= SHORT_FRAME_MAX:
            out.append(_SHORT_MORE_HEADERS[size] if index < last else _SHORT_HEADERS[size])
        else:
            out.append(_LONG_HEADER.pack(LONG | MORE if index < last else LONG, size))
        out.append(frame)


def encode_messages(messages: Sequence[Message]) -> list[bytes]:
    """Return buffers that, one after the other, are the frames of `messages`.

    Small frames arrive joined in one buffer; large bodies are passed on uncopied.
    """
    first = messages[0]
    if type(first) is bytes and len(messages) >= _RUN_MIN and len(first) <= SHORT_FRAME_MAX:
        size = len(first)
        if set(map(type, messages)) == {bytes} and set(map(len, messages)) == {size}:
            header = _SHORT_HEADERS[size]
            return [header + header.join(messages)]  # type: ignore[arg-type]
    out: list[bytes] = []
    append = out.append
    largest = 0
    for message in messages:
        if type(message) is bytes:
            size = len(message)
            if size <= SHORT_FRAME_MAX:
                append(_SHORT_HEADERS[size])
            else:
                append(_LONG_HEADER.pack(LONG, size))
                if size > largest:
                    largest = size
            append(message)
        else:
            _encode_multipart(message, out)  # type: ignore[arg-type]
            largest = max(largest, *map(len, message))  # type: ignore[arg-type]
    if largest < _JOIN_LIMIT:
        return [b"".join(out)]
    return _join_small(out)


def _join_small(buffers: list[bytes]) -> list[bytes]:
    """Join neighbours that are small, leave large buffers as they are."""
    joined: list[bytes] = []
    small: list[bytes] = []
    for buffer in buffers:
        if len(buffer) < _JOIN_LIMIT:
            small.append(buffer)
            continue
        if small:
            joined.append(b"".join(small))
            small = []
        joined.append(buffer)
    if small:
        joined.append(b"".join(small))
    return joined


def split_frame(data: bytes, max_size: int) -> tuple[bytes, bytes] | None:
    """Return (body, rest) of the frame at the start of `data`, None when it is not whole.

    Raises:
        ProtocolError: its body is larger than `max_size`.
    """
    if len(data) < 2:
        return None
    begin, size = 2, data[1]
    if data[0] & LONG:
        if len(data) < _LONG_HEADER.size:
            return None
        begin, size = _LONG_HEADER.size, _LONG_SIZE.unpack_from(data, 1)[0]
    if size > max_size:
        raise ProtocolError(f"a frame of {size} octets where at most {max_size} make sense")
    if len(data) < begin + size:
        return None
    return data[begin : begin + size], data[begin + size :]


class FrameDecoder:
    """Bytes in, whole messages out; commands go to a callback in their place in the stream.

    Args:
        on_command: called with (body, messages so far); it may append what the command means.
        max_size: largest frame body in octets, -1 for no limit.
    """

    __slots__ = (
        "_body",
        "_data",
        "_missing",
        "_more",
        "_on_command",
        "_parts",
        "_position",
        "_until_run",
        "at_limit",
        "max_size",
    )

    def __init__(self, on_command: Callable[[bytes, list[Message]], None], max_size: int = -1) -> None:
        self.max_size = max_size
        self._on_command = on_command
        self._data: bytes | memoryview = b""  # fed but not decoded, from _position on
        self._position = 0
        self._parts: list[bytes] | None = None  # frames of a message that is not complete
        self._body: list[bytes | bytearray | memoryview] = []  # pieces of a large frame that is not complete
        self._missing = 0  # octets that this frame still wants
        self._more = 0  # its flags
        self._until_run = 0
        self.at_limit = False  # whether the last feed stopped because the owner took no more

    @property
    def buffered(self) -> int:
        """Octets held back until more arrive or the owner takes more messages."""
        return len(self._data) - self._position + sum(map(len, self._body))

    def feed(self, data: bytes | memoryview, messages: list[Message], limit: int) -> None:
        """Decode what was held back and `data` until `messages` has `limit` entries; hold the rest back.

        Args:
            data: any length; copied before return.
            messages: where whole messages go; what was decoded before an error stays there.
            limit: at least 1.

        Raises:
            ProtocolError: a frame too large, or one that ZMTP does not allow.
        """
        if self._position >= len(self._data):
            self._data = data
            self._position = 0
        elif len(data):
            self._data = bytes(self._data[self._position :]) + bytes(data)
            self._position = 0
        if self._missing and not self._continue_body(messages):
            return
        while len(messages) < limit and self._decode_some(messages, limit):
            pass
        self.at_limit = len(messages) >= limit and self._position < len(self._data)
        self._hold_rest()

    def _hold_rest(self) -> None:
        """Keep what is left as bytes of our own, because the caller's buffer will be overwritten."""
        if self._position >= len(self._data):
            self._data = b""
            self._position = 0
        elif type(self._data) is not bytes:
            self._data = bytes(self._data[self._position :])
            self._position = 0

    def _decode_some(self, messages: list[Message], limit: int) -> bool:
        """Decode a run of equal frames or a stretch of single ones; False when nothing more is whole."""
        data = self._data
        left = len(data) - self._position
        if left < 2:
            return False
        flags = data[self._position]
        if flags & LONG:
            is_alone = flags == LONG and self._parts is None and self._until_run <= 0
            return (is_alone and self._decode_long_run(messages, limit)) or self._decode_long(messages, limit)
        if type(data) is not bytes:
            self._data = data = bytes(data[self._position :])
            self._position = 0
        if (
            flags == 0
            and self._parts is None
            and self._until_run <= 0
            and self._decode_run(data, messages, limit)
        ):
            return True
        return self._decode_short(data, messages, limit)

    def _decode_run(self, data: bytes, messages: list[Message], limit: int) -> bool:
        """Take short frames of one size together."""
        size = data[self._position + 1]
        if 0 <= self.max_size < size:
            self._refuse_size(size)
        return self._take_run(data, _SHORT_HEADER_SIZE, size, messages, limit)

    def _decode_long_run(self, messages: list[Message], limit: int) -> bool:
        """Take long frames of one size together; large bodies are not worth it."""
        data, position = self._data, self._position
        if len(data) - position < _LONG_HEADER_SIZE:
            return False
        (size,) = _LONG_SIZE.unpack_from(data, position + 1)
        if size > _RUN_BODY_MAX or 0 <= self.max_size < size:
            return False
        if (len(data) - position) // (size + _LONG_HEADER_SIZE) < _RUN_MIN:
            return False
        if type(data) is not bytes:
            self._data = data = bytes(data[position:])
            self._position = 0
        return self._take_run(data, _LONG_HEADER_SIZE, size, messages, limit)

    def _take_run(self, data: bytes, header: int, size: int, messages: list[Message], limit: int) -> bool:
        """Compare the headers of equal frames column by column, and cut their bodies in C."""
        position = self._position
        stride = header + size
        count = min((len(data) - position) // stride, limit - len(messages))
        if count >= _RUN_MIN:
            end = position + count * stride
            for at in range(position, position + header):
                column = data[at:end:stride]
                count = min(count, len(column) - len(column.lstrip(column[:1])))
        if count < _RUN_MIN:
            self._until_run = _RUN_RETRY
            return False
        start = position + header
        end = position + count * stride
        # An empty body begins at the very end of its frame: hence the 1.
        messages.extend([data[at : at + size] for at in range(start, end + 1, stride)])
        self._position = end
        return True

    def _decode_short(self, data: bytes, messages: list[Message], limit: int) -> bool:
        """Take short frames one by one until a long one, a command or the end; False when none is whole."""
        position = start = self._position
        end = len(data)
        too_long = self.max_size if 0 <= self.max_size < SHORT_FRAME_MAX else SHORT_FRAME_MAX
        stretch = min(limit - len(messages), _RUN_RETRY) + len(messages)
        parts = self._parts
        while end - position >= 2 and len(messages) < stretch:
            flags = data[position]
            if flags & LONG:
                break
            size = data[position + 1]
            if size > too_long:
                self._refuse_size(size)
            after = position + 2 + size
            if after > end:
                break
            body = data[position + 2 : after]
            position = after
            if flags & (MORE | COMMAND) == 0 and parts is None:
                messages.append(body)
                continue
            self._position = position
            self._take_frame(flags, body, messages)
            parts = self._parts
        self._until_run -= _RUN_RETRY
        self._position = position
        return position > start or (end - position >= 2 and bool(data[position] & LONG))

    def _decode_long(self, messages: list[Message], limit: int) -> bool:
        """Take long frames one by one until a short one or the end; False when no more is whole."""
        data = self._data
        position = self._position
        end = len(data)
        largest = self.max_size if self.max_size >= 0 else MAX_FRAME_SIZE
        unpack = _LONG_HEADER.unpack_from
        parts = self._parts
        while end - position >= _LONG_HEADER_SIZE and len(messages) < limit:
            flags, size = unpack(data, position)
            if not flags & LONG:
                break
            if size > largest:
                self._refuse_size(size)
            begin = position + _LONG_HEADER_SIZE
            after = begin + size
            if after > end:
                # Octets that are here are kept as pieces; memory is never taken on the header's word.
                # What is bytes already (opened records) is not copied: joining the pieces does that once.
                piece = memoryview(data)[begin:] if type(data) is bytes else bytes(data[begin:])
                self._body = [piece]
                self._missing = size - len(piece)
                self._more = flags
                self._position = end
                return False
            position = after
            if flags == LONG and parts is None:
                messages.append(bytes(data[begin:after]))
                continue
            self._position = position
            self._take_frame(flags, bytes(data[begin:after]), messages)
            parts = self._parts
        self._until_run -= _RUN_RETRY
        self._position = position
        return end - position >= 2 and not data[position] & LONG

    def _continue_body(self, messages: list[Message]) -> bool:
        """Feed the large frame that is under way; False when it still wants more."""
        piece = self._data[: self._missing]
        self._position = len(piece)
        self._missing -= len(piece)
        if len(piece) >= _SMALL_PIECE:
            self._body.append(bytes(piece))
        else:
            self._collect(piece)
        if self._missing:
            self._data = b""
            self._position = 0
            return False
        body = b"".join(self._body)
        self._body = []
        self._take_frame(self._more, body, messages)
        return True

    def _collect(self, piece: bytes | memoryview) -> None:
        """Keep a small piece; each as an object of its own would cost a slow peer's frame many times over."""
        last = self._body[-1]
        if isinstance(last, bytearray):
            last += piece
        else:
            self._body.append(bytearray(piece))

    def _take_frame(self, flags: int, body: bytes, messages: list[Message]) -> None:
        """Sort one frame: command, part of a message, or the message's end."""
        if flags & COMMAND:
            if flags & MORE:
                raise ProtocolError("a command frame with the MORE bit")
            self._on_command(body, messages)
            return
        if flags & MORE:
            if self._parts is None:
                self._parts = [body]
                return
            if len(self._parts) >= MAX_FRAMES_PER_MESSAGE:
                raise ProtocolError(f"a message of more than {MAX_FRAMES_PER_MESSAGE} frames")
            self._parts.append(body)
        elif self._parts is None:
            messages.append(body)
        else:
            self._parts.append(body)
            messages.append(self._parts)
            self._parts = None

    def _refuse_size(self, size: int) -> None:
        limit = f"over maxmsgsize {self.max_size}" if self.max_size >= 0 else "more than there can be"
        raise ProtocolError(f"a frame of {size} octets, {limit}")
