"""Turns messages into stretches of stream that fill whole TSDUs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import mod
from typing import Final

from ..constants import FRAME_MORE, LONG_LENGTH, MAX_SHORT_BODY, NO_BOUNDARY

__all__ = ["Buffer", "Message", "Packer", "Stretch"]

Message = bytes | list[bytes]
"""One frame, or several."""
Buffer = bytes | memoryview

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

    def __init__(self, data: Buffer, starts: Sequence[int]) -> None:
        self.data = data
        self._starts = starts

    def offsets(self, capacity: int) -> list[int]:
        """Return what stands before each TSDU when every one holds `capacity` octets of the stretch."""
        starts, begins = self._starts, range(0, len(self.data), capacity)
        if isinstance(starts, range):
            found = self._uniform_offsets(starts, begins)
            if starts.start < capacity and starts.step <= capacity:
                return found
        else:
            found = []
            for begin in begins:
                index = bisect_left(starts, begin)
                found.append(starts[index] - begin if index < len(starts) else NO_BOUNDARY)
        return [offset if offset < capacity else NO_BOUNDARY for offset in found]

    @staticmethod
    def _uniform_offsets(starts: range, begins: range) -> list[int]:
        first, step, last = starts.start, starts.step, starts[-1]
        before = min(
            first // begins.step + 1, len(begins)
        )  # packets that do not begin behind the first start
        within = min(last // begins.step + 1, len(begins))
        return [
            *range(first, first - before * begins.step, -begins.step),
            *map(
                mod,
                range(first - before * begins.step, first - within * begins.step, -begins.step),
                repeat(step),
            ),
            *repeat(NO_BOUNDARY, len(begins) - within),
        ]


class Packer:
    """A queue of messages, taken out as stretches of stream of a wanted length.

    `octets` is how many stream octets are still inside.
    """

    __slots__ = ("_alike", "_cursor", "_queue", "_rest", "octets")

    def __init__(self) -> None:
        self._queue: list[Message] = []
        self._cursor = 0
        self._alike: int | None = None
        """Octets of every message in the queue, when all are single frames of one size."""
        self._rest: list[Buffer] = []
        self.octets = 0

    def __len__(self) -> int:
        """Count the messages inside, one that was cut included."""
        return len(self._queue) - self._cursor + bool(self._rest)

    def put(self, messages: Iterable[Message]) -> None:
        """Append messages; frames are not copied."""
        fresh = messages if type(messages) is list else list(messages)
        queue = self._queue
        size, octets = _measure(fresh)
        self._alike = size if not queue or size == self._alike else None
        queue += fresh
        self.octets += octets

    def take(self, limit: int) -> Stretch:
        """Take out at most `limit` octets of stream (at least one), all of it if it is less."""
        parts: list[Buffer] = []
        room = self._take_rest(parts, limit)
        count = self._count_alike(room)
        if count >= _UNIFORM:
            data, starts = self._take_uniform(parts, limit - room, limit, count)
        else:
            starts = self._take_messages(parts, limit - room, limit) if room > 0 else ()
            data = b"".join(parts)
        self.octets -= len(data)
        return Stretch(data, starts)

    def _take_rest(self, parts: list[Buffer], limit: int) -> int:
        """Move the tail of a message cut earlier; return the room left, at most 0 if no boundary was
        reached.
        """
        if not self._rest:
            return limit
        pieces, self._rest = self._rest, []
        room = self._append(parts, pieces, limit)
        return -1 if self._rest else room

    def _append(self, parts: list[Buffer], pieces: Sequence[Buffer], room: int) -> int:
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

    def _take_messages(self, parts: list[Buffer], filled: int, limit: int) -> Sequence[int]:
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

    def _count_alike(self, room: int) -> int:
        """Return how many messages of one size begin in `room` octets; 0 when there may be others."""
        if self._alike is None or room <= 0:
            return 0
        step = self._alike + len(_head(self._alike, 0))
        return min((room + step - 1) // step, len(self._queue) - self._cursor)

    def _take_uniform(
        self, parts: list[Buffer], filled: int, limit: int, count: int
    ) -> tuple[Buffer, Sequence[int]]:
        """Take `count` single frames of one size behind what was cut earlier, in a few C calls."""
        queue, cursor = self._queue, self._cursor
        head = _head(len(queue[cursor]), 0)
        step = len(head) + len(queue[cursor])
        before = parts[0] if len(parts) == 1 else b"".join(parts)
        data: Buffer = head.join([before, *queue[cursor : cursor + count]])  # type: ignore[list-item]
        if len(data) > limit:
            view = memoryview(data)
            data, self._rest = view[:limit], [view[limit:]]
        self._advance(cursor + count)
        return data, range(filled, filled + count * step + 1, step)

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


def _measure(messages: Sequence[Message]) -> tuple[int | None, int]:
    """Return the size of all messages, None if they differ, and the octets of stream that they make."""
    if set(map(type, messages)) != {bytes}:
        return None, sum(map(_octets, messages))
    sizes = set(map(len, messages))
    if len(sizes) == 1:
        size = sizes.pop()
        return size, len(messages) * (size + len(_head(size, 0)))
    return None, sum(map(_octets, messages))


def _octets(message: Message) -> int:
    if type(message) is bytes:
        size = len(message)
        return size + 2 if size <= MAX_SHORT_BODY else size + 10
    return sum(map(_octets, message))  # type: ignore[arg-type]
