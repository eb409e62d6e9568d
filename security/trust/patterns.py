"""Patterns of topics, groups and services: `temp/*`, `temp/**`.

`*` stands for any octets but `/`, `**` for any octets at all, everything else for itself. Matching keeps the
set of places in the pattern where one may be, so that it takes time proportional to pattern and text whatever
they are; a regular expression would not promise that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from covey.errors import OptionError
from covey.values import frozen

__all__ = ["EVERYTHING", "MAX_PATTERNS", "NOTHING", "Patterns"]

MAX_PATTERNS = 64
"""Patterns in one list."""
_SLASH = ord("/")
_ANY_SEGMENT: Final = -1
_ANY: Final = -2
_Places = frozenset[int]


def _tokens(pattern: str) -> tuple[int, ...]:
    found: list[int] = []
    for octet in pattern.encode("utf-8", "surrogatepass"):
        if octet != ord("*"):
            found.append(octet)
        elif found and found[-1] == _ANY_SEGMENT:
            found[-1] = _ANY
        elif not found or found[-1] != _ANY:
            found.append(_ANY_SEGMENT)
    return tuple(found)


def _closed(tokens: tuple[int, ...], places: Iterable[int]) -> _Places:
    """Return the places with those behind stars, which may stand for nothing."""
    found = set()
    for place in places:
        found.add(place)
        while place < len(tokens) and tokens[place] < 0:
            place += 1
            found.add(place)
    return frozenset(found)


def _after(tokens: tuple[int, ...], text: bytes) -> _Places:
    """Return where in the pattern one may be after `text`; empty when nothing that begins so matches."""
    places = _closed(tokens, (0,))
    for octet in text:
        following = set()
        for place in places:
            if place == len(tokens):
                continue
            token = tokens[place]
            if token == _ANY or (token == _ANY_SEGMENT and octet != _SLASH):
                following.add(place)
            elif token == octet:
                following.add(place + 1)
        if not following:
            return frozenset()
        places = _closed(tokens, following)
    return places


@frozen
class Patterns:
    """A list of patterns, or everything.

    Raises:
        OptionError: more than 64 patterns.
    """

    given: tuple[str, ...] | None = None
    """None for everything; empty for nothing."""

    def __post_init__(self) -> None:
        if self.given is not None and len(self.given) > MAX_PATTERNS:
            raise OptionError("patterns", f"at most {MAX_PATTERNS}, not {len(self.given)}")

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self.given is None

    def allows(self, text: str | bytes) -> bool:
        """Whether a pattern matches the whole text."""
        if self.given is None:
            return True
        octets = _octets(text)
        for pattern in self.given:
            tokens = _tokens(pattern)
            if len(tokens) in _after(tokens, octets):
                return True
        return False

    def overlaps(self, prefix: str | bytes) -> bool:
        """Whether something that begins with `prefix` matches."""
        if self.given is None:
            return True
        octets = _octets(prefix)
        return any(_after(_tokens(pattern), octets) for pattern in self.given)

    def covers(self, prefix: str | bytes) -> bool:
        """Whether one pattern matches everything that begins with `prefix`."""
        if self.given is None:
            return True
        octets = _octets(prefix)
        for pattern in self.given:
            tokens = _tokens(pattern)
            if tokens and tokens[-1] == _ANY and len(tokens) - 1 in _after(tokens, octets):
                return True
        return False

    def __str__(self) -> str:
        if self.given is None:
            return "everything"
        return ", ".join(self.given) or "nothing"


EVERYTHING: Final = Patterns(None)
"""Leaves nothing out."""
NOTHING: Final = Patterns(())
"""Matches nothing."""


def _octets(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
