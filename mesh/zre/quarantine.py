"""Nodes that are left alone for a while."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

__all__ = ["Quarantine"]


class Quarantine:
    """Uuids with the time at which they are welcome again; bounded, the oldest makes room."""

    def __init__(self, limit: int) -> None:
        self._until: OrderedDict[UUID, float] = OrderedDict()
        self._limit = limit

    def add(self, uuid: UUID, until: float) -> None:
        """Leave `uuid` alone until `until`, monotonic seconds."""
        self._until[uuid] = until
        self._until.move_to_end(uuid)
        if len(self._until) > self._limit:
            self._until.popitem(last=False)

    def holds(self, uuid: UUID, now: float) -> bool:
        """Whether `uuid` is to be left alone still."""
        until = self._until.get(uuid)
        if until is None:
            return False
        if now < until:
            return True
        del self._until[uuid]
        return False

    def release(self, uuid: UUID) -> None:
        """Welcome `uuid` at once."""
        self._until.pop(uuid, None)

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._until)
