"""Turns messages into stretches of stream that fill whole TSDUs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from ..constants import FRAME_MORE, LONG_LENGTH, MAX_SHORT_BODY, NO_BOUNDARY

__all__ = ["Message", "Packer", "Stretch"]

Message = bytes | list[bytes]
"""One frame, or several."""

_UNIFORM: Final = 8
"""From this many equal messages on, joining them at once pays."""
_LAST: Final = tuple(bytes((size + 1, 0)) for size in range(MAX_SHORT_BODY + 1))
_MORE: Final = tuple(bytes((size + 1, FRAME_MORE)) for size in range(MAX_SHORT_BODY + 1))


def _head(size: int, more: int) -> bytes:
    if size <= MAX_SHORT_BODY:
        return _MORE[size] if more else _LAST[size]
    return b"%c%b%c" % (LONG_LENGTH, (size + 1).to_bytes(8, "big"), more)


class Stretch:
    """A piece of stream and where messages start in it; a boundary at its very end counts as a start."""

    __slots__ = ("_starts", "data")

    def __init__(self, data: bytes, starts: Sequence[int]) -> None:
        self.data = data
        self._starts = starts

    def offsets(self, capacity: int) -> list[int]:
        """Return what stands before each TSDU when every one holds `capacity` octets of the stretch."""
        starts, begins = self._starts, range(0, len(self.data), capacity)
        if isinstance(starts, range):
            found = self._uniform_offsets(starts, begins)
        else:
            found = []
            for begin in begins:
                index = bisect_left(starts, begin)
                found.append(starts[index] - begin if index < len(starts) else NO_BOUNDARY)
        return [offset if offset < capacity else NO_BOUNDARY for offset in found]

    @staticmethod
    def _uniform_offsets(starts: range, begins: range) -> list[int]:
        first, step, last = starts.start, starts.step, starts[-1]
        return [
            (first - begin) % step
            if first < begin <= last
            else first - begin
            if begin <= first
            else NO_BOUNDARY
            for begin in begins
        ]


class Packer:
    """A queue of messages, taken out as stretches of stream of a wanted length.

    `octets` is how many stream octets are still inside.
    """

    __slots__ = ("_cursor", "_queue", "_rest", "octets")

    def __init__(self) -> None:
        self._queue: list[Message] = []
        self._cursor = 0
        self._rest: list[bytes | memoryview] = []
        self.octets = 0

    def __len__(self) -> int:
        """Count the messages inside, one that was cut included."""
        return len(self._queue) - self._cursor + bool(self._rest)

    def put(self, messages: Iterable[Message]) -> None:
        """Append messages; frames are not copied."""
        queue = self._queue
        before = len(queue)
        queue.extend(messages)
        fresh = queue[before:]
        self.octets += _uniform_octets(fresh) or sum(map(_octets, fresh))

    def take(self, limit: int) -> Stretch:
        """Take out at most `limit` octets of stream (at least one), all of it if it is less."""
        parts: list[bytes | memoryview] = []
        room = self._take_rest(parts, limit)
        starts: Sequence[int] = ()
        if room > 0:
            starts = self._take_messages(parts, limit - room, limit)
        data = b"".join(parts)
        self.octets -= len(data)
        return Stretch(data, starts)

    def _take_rest(self, parts: list[bytes | memoryview], limit: int) -> int:
        """Move the tail of a message cut earlier; return the room left, at most 0 if no boundary was
        reached.
        """
        if not self._rest:
            return limit
        pieces, self._rest = self._rest, []
        room = self._append(parts, pieces, limit)
        return -1 if self._rest else room

    def _append(
        self, parts: list[bytes | memoryview], pieces: Sequence[bytes | memoryview], room: int
    ) -> int:
        for index, piece in enumerate(pieces):
            size = len(piece)
            if size > room:
                view = memoryview(piece)
                if room:
                    parts.append(view[:room])
                self._rest = [view[room:], *pieces[index + 1 :]]
                return 0
            parts.append(piece)
            room -= size
        return room

    def _take_messages(self, parts: list[bytes | memoryview], filled: int, limit: int) -> Sequence[int]:
        uniform = self._take_uniform(parts, filled, limit)
        if uniform is not None:
            return uniform
        queue, cursor = self._queue, self._cursor
        starts = [filled]
        while filled < limit and cursor < len(queue):
            message = queue[cursor]
            cursor += 1
            if isinstance(message, bytes):
                size = len(message)
                pieces: Sequence[bytes] = (_LAST[size] if size <= MAX_SHORT_BODY else _head(size, 0), message)
                filled += size + len(pieces[0])
            else:
                pieces = _pieces(message)
                filled += sum(map(len, pieces))
            if filled > limit:
                self._append(parts, pieces, limit - starts[-1])
                break
            parts += pieces
            starts.append(filled)
        self._advance(cursor)
        return starts

    def _take_uniform(self, parts: list[bytes | memoryview], filled: int, limit: int) -> range | None:
        """Take a run of single frames of one size in a few C calls; None when the queue does not offer
        one.
        """
        queue, cursor = self._queue, self._cursor
        if len(queue) - cursor < _UNIFORM or type(queue[cursor]) is not bytes:
            return None
        size = len(queue[cursor])
        head = _head(size, 0)
        step = size + len(head)
        count = min((limit - filled + step - 1) // step, len(queue) - cursor)
        batch = queue[cursor : cursor + count]
        if count < _UNIFORM or set(map(type, batch)) != {bytes} or set(map(len, batch)) != {size}:
            return None
        data = head.join([b"", *batch])  # type: ignore[list-item]
        self._append(parts, (data,), limit - filled)
        self._advance(cursor + count)
        return range(filled, filled + count * step + 1, step)

    def _advance(self, cursor: int) -> None:
        if cursor == len(self._queue):
            self._queue.clear()
            cursor = 0
        elif cursor > 4096 and cursor * 2 > len(self._queue):
            del self._queue[:cursor]
            cursor = 0
        self._cursor = cursor


def _pieces(message: list[bytes]) -> list[bytes]:
    pieces: list[bytes] = []
    final = len(message) - 1
    for index, frame in enumerate(message):
        pieces += (_head(len(frame), FRAME_MORE if index < final else 0), frame)
    return pieces


def _octets(message: Message) -> int:
    if type(message) is bytes:
        size = len(message)
        return size + 2 if size <= MAX_SHORT_BODY else size + 10
    return sum(map(_octets, message))  # type: ignore[arg-type]


def _uniform_octets(messages: Sequence[Message]) -> int:
    """Return the octets of equal single frames, 0 when they are not equal."""
    if len(messages) < _UNIFORM or set(map(type, messages)) != {bytes}:
        return 0
    sizes = set(map(len, messages))
    return len(messages) * _octets(messages[0]) if len(sizes) == 1 else 0
