"""The groups that a node is in itself."""

from __future__ import annotations

__all__ = ["Membership"]

_STATUSES = 1 << 32


class Membership:
    """Our groups, and a count of their changes.

    Attributes:
        groups: in which we are.
        status: joins and leaves so far, modulo 2^32. ZRE tells it modulo 256.
    """

    __slots__ = ("groups", "status")

    def __init__(self) -> None:
        self.groups: set[str] = set()
        self.status = 0

    def join(self, group: str) -> bool:
        """Enter a group; return False when we are in it."""
        if group in self.groups:
            return False
        self.groups.add(group)
        self._count()
        return True

    def leave(self, group: str) -> bool:
        """Leave a group; return False when we are not in it."""
        if group not in self.groups:
            return False
        self.groups.discard(group)
        self._count()
        return True

    def _count(self) -> None:
        self.status = (self.status + 1) % _STATUSES
