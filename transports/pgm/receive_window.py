"""Puts the packets of one source in order and turns them into messages.

`expected` is the next sequence to deliver, `lead` the highest known. What arrives beyond a hole is stored;
what is given up is stored as None, so that order holds and the loss is reported when its turn comes.
"""

from __future__ import annotations

from .constants import FRAMING_HEAD_SIZE, NO_BOUNDARY
from .fragments import Fragmented, FragmentJoiner
from .framing import Message, Unpacker
from .settings import ReceiverSettings

__all__ = ["ReceiveWindow"]

Item = bytes | Fragmented | None
_HEAD = FRAMING_HEAD_SIZE


class ReceiveWindow:
    """The window of one source."""

    __slots__ = (
        "_joiner",
        "_settings",
        "_stored",
        "_stored_octets",
        "_unpacker",
        "expected",
        "lead",
        "losses",
        "lost",
    )

    def __init__(self, first: int, settings: ReceiverSettings) -> None:
        """Begin with `first` as the next sequence to deliver."""
        self._settings = settings
        self._unpacker = Unpacker(settings.max_message)
        self._joiner = FragmentJoiner()
        self._stored: dict[int, Item] = {}
        self._stored_octets = 0
        self.expected = first
        self.lead = first - 1
        self.losses: list[tuple[int, int, int]] = []
        """(first, count, messages delivered before it) of what was given up and has come to its turn."""
        self.lost = 0

    def __len__(self) -> int:
        return len(self._stored)

    def __contains__(self, sequence: int) -> bool:
        return sequence < self.expected or sequence in self._stored

    @property
    def is_plain(self) -> bool:
        """Whether the next packets in order can be delivered as they come."""
        return not self._stored and self.expected > self.lead and self._joiner.is_empty

    @property
    def has_hole(self) -> bool:
        """Whether something older than `lead` is missing."""
        return self.expected <= self.lead

    @property
    def resyncs(self) -> int:
        """Times that the stream made no sense."""
        return self._unpacker.resyncs

    def take_messages(self) -> list[Message]:
        """Take the messages that have become complete."""
        messages = self._unpacker.messages
        if messages:
            self._unpacker.messages = []
        return messages

    def accept_run(self, data: bytes, start: int, count: int) -> None:
        """Deliver the stream octets of the next `count` packets; only when `is_plain`."""
        self.expected += count
        self.lead = self.expected - 1
        self._unpacker.feed(data, start)

    def store_run(self, tsdus: list[bytes]) -> None:
        """Store the packets that follow `lead`; only while there is a hole."""
        stored, sequence = self._stored, self.lead
        for tsdu in tsdus:
            sequence += 1
            stored[sequence] = tsdu
            self._stored_octets += len(tsdu)
        self.lead = sequence

    def accept(self, sequence: int, item: Item) -> None:
        """Take a packet that is not here yet, at most `lead`; None gives it up."""
        if sequence != self.expected:
            self._stored[sequence] = item
            if item is not None:
                self._stored_octets += len(item)
            return
        stored = self._stored
        if not stored:
            self.expected += 1
            self._deliver([item])
            return
        items = [item]
        sequence += 1
        while sequence in stored:
            items.append(stored.pop(sequence))
            sequence += 1
        self._stored_octets -= sum(len(each) for each in items[1:] if each is not None)
        self.expected = sequence
        self._deliver(items)

    def lose_before(self, sequence: int) -> None:
        """Give up all holes older than `sequence`, which is at most lead + 1."""
        if sequence <= self.expected:
            return
        for stored in self._stored_before(sequence):
            if self.expected < stored:
                self._lose(stored)
                self.accept(stored, self._pop(stored))
        if self.expected < sequence:
            self._lose(sequence)
        while self.expected in self._stored:
            self.accept(self.expected, self._pop(self.expected))

    def _stored_before(self, sequence: int) -> list[int]:
        """Return what is stored before `sequence`, in order; the cheaper of two ways, for a full window is large."""
        stored = self._stored
        if sequence - self.expected < len(stored):
            return [each for each in range(self.expected, sequence) if each in stored]
        return sorted(each for each in stored if each < sequence)

    def _pop(self, sequence: int) -> Item:
        item = self._stored.pop(sequence)
        if item is not None:
            self._stored_octets -= len(item)
        return item

    def _lose(self, until: int) -> None:
        self._report(self.expected, until - self.expected)
        self.expected = until
        self._unpacker.leave()
        self._joiner.clear()

    def _report(self, first: int, count: int) -> None:
        self.lost += count
        losses, position = self.losses, len(self._unpacker.messages)
        if losses and losses[-1][0] + losses[-1][1] == first and losses[-1][2] == position:
            losses[-1] = (losses[-1][0], losses[-1][1] + count, position)
        else:
            losses.append((first, count, position))

    @property
    def octets(self) -> int:
        """What waits behind holes."""
        return self._stored_octets

    def limit_of(self, octets: int) -> int:
        """Return before what to give up so that at least so many octets need not wait, as far as there are any."""
        sequence = self.expected
        for sequence in sorted(self._stored):
            item = self._stored[sequence]
            octets -= len(item) if item is not None else 0
            if octets <= 0:
                break
        return sequence + 1

    def overflow(self) -> int | None:
        """Return before what to give up because too much waits behind a hole; None when all is well."""
        settings = self._settings
        if len(self._stored) <= settings.window_packets and self._stored_octets <= settings.window_octets:
            return None
        for sequence in range(self.expected, self.expected + len(self._stored)):
            if sequence in self._stored:
                return sequence
        return min(self._stored)

    def leap(self, sequence: int) -> None:
        """Give up everything up to `sequence`, far ahead, which is expected now."""
        self.lose_before(self.lead + 1)
        self._lose(sequence)
        self.lead = sequence - 1

    def retract(self, lead: int) -> None:
        """Forget what is newer than `lead` and not delivered: it was never sent."""
        lead = max(lead, self.expected - 1)
        if lead < self.lead:
            for sequence in [each for each in self._stored if each > lead]:
                self._pop(sequence)
            self.lead = lead

    def return_to(self, sequence: int) -> None:
        """Expect `sequence`, far back, next."""
        self._stored.clear()
        self._stored_octets = 0
        self.expected = sequence
        self.lead = sequence - 1
        self._unpacker.leave()
        self._joiner.clear()

    def _deliver(self, items: list[Item]) -> None:
        """Feed consecutive items that end before `expected`."""
        parts: list[bytes] = []
        size, start = 0, -1
        first = self.expected - len(items)
        for index, item in enumerate(items):
            if isinstance(item, bytes):
                tsdu: bytes | None = item
                self._joiner.clear()
            elif item is None:
                self._feed(parts, start)
                parts, size, start = [], 0, -1
                self._report(first + index, 1)
                self._unpacker.leave()
                self._joiner.clear()
                continue
            else:
                tsdu = self._join(item)
            if tsdu is None or len(tsdu) < _HEAD:
                if tsdu:
                    self._feed(parts, start)
                    parts, size, start = [], 0, -1
                    self._unpacker.leave()
                continue
            if start < 0:
                offset = (tsdu[0] << 8) | tsdu[1]
                if offset != NO_BOUNDARY and offset <= len(tsdu) - _HEAD:
                    start = size + offset
            parts.append(tsdu[_HEAD:])
            size += len(tsdu) - _HEAD
        self._feed(parts, start)

    def _feed(self, parts: list[bytes], start: int) -> None:
        if parts:
            self._unpacker.feed(b"".join(parts) if len(parts) > 1 else parts[0], start)

    def _join(self, item: Fragmented) -> bytes | None:
        try:
            return self._joiner.add(item)
        except ValueError:
            self._unpacker.leave()
            return None
