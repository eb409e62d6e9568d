"""Numbered messages, and what a receiver makes of them. Imported by other Pythons too: standard library only.

A message begins with its number (modulo `CYCLE`) and the time when it was sent, eight octets each, big-endian. Hosts
of one machine share the monotonic clock.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from struct import Struct

from .spec import PeerSpec

__all__ = ["CYCLE", "Observer", "Pacer", "batches", "say", "stamped"]

CYCLE = 8192
WARM_UP = 0.3
"""Seconds that are not counted."""
LARGEST_BATCH = 1024
BATCH_OCTETS = 1 << 20
SILENCE = 3.0
"""Seconds without a message after which a stream counts as stuck."""
HEAD = Struct("!QQ")
NUMBER = Struct("!Q")


def say(**words: object) -> None:
    """Tell whoever started us, in one line."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def stamped(number: int, size: int) -> bytes:
    """Return message `number` with the time that it is."""
    return HEAD.pack(number % CYCLE, time.monotonic_ns()).ljust(size, b".")


def batches(size: int) -> Iterator[list[bytes]]:
    """Return the stream for ever, in bursts, without times: made once, so that making it costs nothing."""
    burst = max(1, min(LARGEST_BATCH, BATCH_OCTETS // size))
    cycle = [HEAD.pack(number, 0).ljust(size, b".") for number in range(min(CYCLE, 64 * burst))]
    if len(cycle) < CYCLE:
        body = bytes(size - HEAD.size)
        while True:
            for first in range(0, CYCLE, burst):
                yield [HEAD.pack(number, 0) + body for number in range(first, first + burst)]
    while True:
        for first in range(0, CYCLE, burst):
            yield cycle[first : first + burst]


class Pacer:
    """How many messages are due, for a sender with a given rate."""

    def __init__(self, spec: PeerSpec) -> None:
        self._interval = spec.size / spec.rate
        self._start = time.monotonic()
        self.sent = 0

    def due(self) -> int:
        """Return how many messages should go out now."""
        return int((time.monotonic() - self._start) / self._interval) - self.sent


class Observer:
    """Counts messages, checks their order, and measures after a warm-up."""

    def __init__(self, spec: PeerSpec) -> None:
        self._spec = spec
        self._checks_all = spec.size >= 1024
        self._times = spec.rate > 0
        self._expected: int | None = None
        self._begun = self._start = self._heard = 0.0
        self.messages = self.missing = self.misplaced = self.total = 0
        self.delays: list[float] = []
        self.is_done = False

    def take(self, messages: Sequence[bytes]) -> None:
        """Take what was received since the last call."""
        now = time.monotonic()
        if not self._begun:
            self._begun = now
            self._start = now + WARM_UP
        self._heard = now
        self.total += len(messages)
        self._check(messages)
        if now < self._start:
            return
        self.messages += len(messages)
        if self._times:
            clock = time.monotonic_ns()
            self.delays += [(clock - HEAD.unpack_from(message)[1]) / 1e6 for message in messages]
        self.is_done = now >= self._start + self._spec.seconds

    def _check(self, messages: Sequence[bytes]) -> None:
        """Compare numbers with what is due; of small messages only the last of each burst: a loss shows there too."""
        unpack = NUMBER.unpack_from
        if self._expected is None:
            self._expected = unpack(messages[0])[0]
        if not self._checks_all:
            self._expected += len(messages) - 1
            messages = messages[-1:]
        for message in messages:
            ahead = (unpack(message)[0] - self._expected) % CYCLE
            if ahead:
                if ahead < CYCLE // 2:
                    self.missing += ahead
                else:
                    self.misplaced += 1
                    continue
            self._expected += ahead + 1

    def waited(self) -> bool:
        """Take note that nothing came for a while; return whether the stream is stuck."""
        if self._begun and time.monotonic() - self._heard > SILENCE:
            self.is_done = True
        return self.is_done

    def result(self) -> dict[str, float]:
        """Return rate, per cent lost, disorder, number of all, and percentiles of the delay in milliseconds."""
        seconds = max(time.monotonic() - self._start, self._spec.seconds)
        total = self.messages + self.missing
        words = {
            "rate": self.messages / seconds,
            "lost": 100 * self.missing / total if total else 0.0,
            "misplaced": float(self.misplaced),
            "total": float(self.total),
        }
        if self.delays:
            ordered = sorted(self.delays)
            words["median"] = ordered[len(ordered) // 2]
            words["p99"] = ordered[len(ordered) * 99 // 100]
        return words
