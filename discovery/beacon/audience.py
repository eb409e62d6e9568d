"""Who was heard lately: nodes that keep announcing, apart from those heard a single time.

Invented nodes come once. They must not make our interval stretch, nor push out those that stay.
"""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

__all__ = ["Audience"]

_PASSERS_BY = 1024
"""Nodes heard once that are remembered."""
_PASSING = 10.0
"""Seconds for which a node heard once is remembered, and any node at least."""


class Audience:
    """Remembers at most `limit` nodes that were heard repeatedly; the longest silent gives way."""

    __slots__ = ("_limit", "_once", "_regular")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._regular: OrderedDict[UUID, float] = OrderedDict()
        self._once: OrderedDict[UUID, float] = OrderedDict()

    @property
    def regular(self) -> int:
        """How many were heard repeatedly."""
        return len(self._regular)

    @property
    def total(self) -> int:
        """How many were heard at all."""
        return len(self._regular) + len(self._once)

    def knows(self, uuid: UUID) -> bool:
        """Whether a node was heard lately."""
        return uuid in self._regular or uuid in self._once

    def heard(self, uuid: UUID, now: float) -> bool:
        """Note that a node was heard; return whether it is a newcomer."""
        if uuid in self._regular or self._once.pop(uuid, None) is not None:
            self._regular[uuid] = now
            self._regular.move_to_end(uuid)
            if len(self._regular) > self._limit:
                self._regular.popitem(last=False)
            return False
        self._once[uuid] = now
        if len(self._once) > _PASSERS_BY:
            self._once.popitem(last=False)
        return True

    def left(self, uuid: UUID) -> None:
        """Note a goodbye."""
        self._regular.pop(uuid, None)
        self._once.pop(uuid, None)

    def forget_silent(self, now: float, patience: float) -> None:
        """Drop who was silent for longer than `patience` seconds."""
        for nodes, limit in ((self._regular, max(patience, _PASSING)), (self._once, _PASSING)):
            while nodes and now - next(iter(nodes.values())) > limit:
                nodes.popitem(last=False)
