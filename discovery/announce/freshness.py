"""Proofs that somebody is there now: tokens that others echo, and sequences that only rise."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from .constants import NO_TOKEN, TOKEN_SIZE

__all__ = ["Formers", "Tokens"]

_RENEWED = 2.0
"""Seconds after which a new token is given out."""
_KEPT = 4
"""Tokens that count: an echo may take six to eight seconds."""


class Tokens:
    """Ours: random, renewed every moment, so that an echo proves that the answer was made a moment ago."""

    __slots__ = ("_born", "_random", "_valid")

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._valid: list[bytes] = []
        self._born = 0.0

    def current(self, now: float) -> bytes:
        """Return the one to give out now."""
        if not self._valid or now - self._born >= _RENEWED:
            if now - self._born >= _KEPT * _RENEWED:
                self._valid.clear()
            self._valid = [self._fresh(), *self._valid[: _KEPT - 1]]
            self._born = now
        return self._valid[0]

    def holds(self, echo: bytes, now: float) -> bool:
        """Whether an echo is of a token given out lately."""
        return echo in self._valid and now - self._born < _KEPT * _RENEWED

    def _fresh(self) -> bytes:
        token = self._random(TOKEN_SIZE)
        return token if token != NO_TOKEN else self._fresh()


class Formers:
    """Nodes that are gone: up to which sequence their datagrams are old, and how long they are left alone."""

    __slots__ = ("_limit", "_nodes")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._nodes: OrderedDict[UUID, tuple[int, float]] = OrderedDict()

    def add(self, uuid: UUID, sequence: int, until: float) -> None:
        """Remember a node; the one remembered longest gives way."""
        former = self._nodes.pop(uuid, None)
        self._nodes[uuid] = (max(sequence, former[0]) if former else sequence, until)
        if len(self._nodes) > self._limit:
            self._nodes.popitem(last=False)

    def sequence(self, uuid: UUID) -> int:
        """Return the highest sequence that is known of a node that was there, else -1."""
        former = self._nodes.get(uuid)
        return former[0] if former else -1

    def rests(self, uuid: UUID, now: float) -> bool:
        """Whether a node is to be left alone still."""
        former = self._nodes.get(uuid)
        return former is not None and now < former[1]
