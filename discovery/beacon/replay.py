"""Remembers the highest sequence of each sender: a recorded datagram means nothing the second time."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

__all__ = ["ReplayGuard"]


class ReplayGuard:
    """Highest sequence per sender, of at most `limit` senders; the one heard longest ago is forgotten.

    Only holders of the secret can fill it. A forgotten sender's old beacon is believed once more, which
    costs one connection attempt to an endpoint that cannot prove the key.
    """

    __slots__ = ("_highest", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._highest: OrderedDict[UUID, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._highest)

    def age(self, sender: UUID, sequence: int) -> int:
        """Return by how much something is older than the newest of its sender; 0 if it is not."""
        return max(0, self._highest.get(sender, -1) - sequence)

    def accept(self, sender: UUID, sequence: int, *, again: bool = False) -> bool:
        """Return whether this is newer than everything heard of `sender`, and remember it.

        Args:
            sender: who says it.
            sequence: of what it says.
            again: whether the newest may be heard repeatedly, as records that lie in caches are.
        """
        highest = self._highest
        if sequence < highest.get(sender, -1) + (not again):
            return False
        highest[sender] = sequence
        highest.move_to_end(sender)
        if len(highest) > self._limit:
            highest.popitem(last=False)
        return True
