"""Traffic that a mechanism seals flush by flush (NOISE): records in, messages out, and the age of its keys."""

from __future__ import annotations

from collections import deque

from covey.errors import ProtocolError
from covey.security.mechanism import Mechanism

from .frames import FrameDecoder, Message
from .legacy import V1Decoder

__all__ = ["SealedStream"]

_SMALL_READ = 64 * 1024  # records of a read up to this are decoded together


class SealedStream:
    """Opens records and decodes what is in them, as far as the owner takes messages.

    Args:
        mechanism: opens.
    """

    __slots__ = ("_contents", "_mechanism", "_retire_at")

    def __init__(self, mechanism: Mechanism) -> None:
        self._mechanism = mechanism
        self._contents: deque[bytes] = deque()  # of records, not decoded yet
        self._retire_at: float | None = None

    def start(self, now: float) -> None:
        """Let the sending key grow old from now on."""
        if self._mechanism.key_lifetime:
            self._retire_at = now + self._mechanism.key_lifetime

    @property
    def holds_contents(self) -> bool:
        """Whether what was opened waits until the owner takes more."""
        return bool(self._contents)

    def receive(
        self, data: bytes | memoryview, decoder: FrameDecoder | V1Decoder, messages: list[Message], limit: int
    ) -> None:
        """Open `data` and decode what came of it and of earlier data, until `messages` has `limit` entries.

        Raises:
            ProtocolError: a record does not open; the messages before it are in `messages`.
        """
        broken: ProtocolError | None = None
        if len(data):
            opened: list[bytes] = []
            try:
                self._mechanism.open_records(data, opened)
            except ProtocolError as error:
                broken = error
            if len(opened) > 1 and len(data) <= _SMALL_READ:
                opened = [b"".join(opened)]
            self._contents.extend(opened)
        if decoder.at_limit:
            decoder.feed(b"", messages, limit)
        while self._contents and len(messages) < limit:
            decoder.feed(self._contents.popleft(), messages, limit)
        if broken is not None:
            raise broken

    def next_timeout(self, other: float | None) -> float | None:
        """Return the earlier of `other` and of when `handle_timeout` is due; None for never."""
        due = self._retire_at
        if due is None or other is None:
            return due if other is None else other
        return min(due, other)

    def handle_timeout(self, now: float) -> None:
        """Retire the key if it is old; the next flush is sealed with another."""
        if self._retire_at is not None and now >= self._retire_at:
            self._mechanism.retire_key()
            self._retire_at = now + self._mechanism.key_lifetime
