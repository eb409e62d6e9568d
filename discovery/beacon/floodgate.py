"""Who floods a socket, and the filter by which the kernel keeps most of that from it.

A node that reads what a flood brings has no time for others, and what others say finds no room in its buffer. So
while more comes than is read, datagrams are counted by the address they come from, and of an address that sends
thousands a second the kernel lets through one in 64 for some seconds, before they are queued and wake anybody. (Not
none: other nodes may live there.) Sockets that are not flooded go on hearing all, so whoever has our attention keeps
it, even where a flood bears a forged address.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterable, Sequence
from math import inf
from struct import Struct, unpack

__all__ = ["Floodgate", "filter_of"]

_NOISY = 3000
"""Datagrams within each of two windows, all of wake-ups that brought as many as are read at once, that make a flood;
hundreds of nodes that start together on one machine fill a part of one window."""
_ENOUGH = 100
"""Datagrams that must have been read within each, to say anything of who was not."""
_WINDOW = 1.0
"""Seconds."""
_SHUT = 5.0
"""Seconds for which most of what a noisy address sends is dropped; then it is counted anew."""
_SOURCES = 8
"""Noisy addresses at the same time."""

_INSTRUCTION = Struct("@HBBI")
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
"""Of classic BPF (linux/filter.h): load a word, jump if equal, jump if any of these bits is set, return."""
_NETWORK = 0xFFF00000
"""Offset of the network header."""
_RANDOM = 0xFFFFF000 + 56
"""Where a random word is read."""
_SOURCE_AT = {4: 12, 6: 8}
_ALL, _NONE = 0xFFFF, 0
_ONE_IN = 64


class Floodgate:
    """Decides for one socket. Time in monotonic seconds.

    Attributes:
        noisy: the addresses that are kept out, with the time until which they are.
    """

    def __init__(self) -> None:
        self.noisy: dict[str, float] = {}
        self._counts: Counter[str] = Counter()
        self._suspected: frozenset[str] = frozenset()
        """Who sent that much in the window before."""
        self._since = -inf
        self._overrun = self._dropped = 0

    def full(self, sources: Sequence[str], now: float, overrun: int = 0) -> list[str]:
        """Take where the datagrams of a wake-up came from that brought as many as are read; return new floods.

        Args:
            sources: numeric addresses, one for each datagram.
            now: monotonic seconds.
            overrun: datagrams for which the socket had no room so far. Who is read has its share of these.
        """
        if now - self._since > _WINDOW:
            is_next = now - self._since < 2 * _WINDOW
            self._suspected = frozenset(self._noisy(self._counts)) if is_next else frozenset()
            self._counts.clear()
            self._since, self._overrun = now, overrun
        self._counts.update(sources)
        self._dropped = overrun - self._overrun
        doubtful = self._suspected.intersection(sources).difference(self.noisy)
        found = self._noisy(doubtful) if doubtful else []
        found = found[: _SOURCES - len(self.noisy)]
        self.noisy.update((source, now + _SHUT) for source in found)
        return found

    def _noisy(self, sources: Iterable[str]) -> list[str]:
        """Return who of these sent that much in this window, as far as one can tell."""
        read = self._counts.total()
        if read + self._dropped < _NOISY:
            return []
        least = _NOISY * read / (read + self._dropped)
        return [source for source in sources if self._counts[source] >= max(least, _ENOUGH)]

    def lift(self, now: float) -> None:
        """Forget whose time is over."""
        self.noisy = {source: until for source, until in self.noisy.items() if until > now}

    @property
    def lifts_at(self) -> float:
        """When `lift` has something to do; infinite for never."""
        return min(self.noisy.values(), default=inf)


def filter_of(sources: Sequence[str], family: int) -> bytes:
    """Return classic BPF that drops all but one in 64 datagrams of these addresses.

    Args:
        sources: numeric addresses.
        family: 4 or 6.
    """
    instructions: list[tuple[int, int, int, int]] = []
    for number, source in enumerate(sources):
        words = _words(source, family)
        # what follows an address that does not match at its nth word is the next address
        for at, word in enumerate(words):
            rest = 2 * (len(words) - at - 1)
            behind = 2 * len(words) * (len(sources) - number - 1)
            is_last = at == len(words) - 1
            instructions += [
                (_LOAD, 0, 0, _NETWORK + _SOURCE_AT[family] + 4 * at),
                (_EQUAL, behind + 1 if is_last else 0, rest, word),
            ]
    instructions += [
        (_RETURN, 0, 0, _ALL),
        (_LOAD, 0, 0, _RANDOM),
        (_ANY_BIT, 0, 1, _ONE_IN - 1),
        (_RETURN, 0, 0, _NONE),
        (_RETURN, 0, 0, _ALL),
    ]
    return b"".join(_INSTRUCTION.pack(*one) for one in instructions)


def _words(address: str, family: int) -> tuple[int, ...]:
    packed = socket.inet_pton(socket.AF_INET if family == 4 else socket.AF_INET6, address)
    return unpack(f"!{len(packed) // 4}I", packed)
