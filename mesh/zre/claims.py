"""Which public key a node's uuid belongs to, in a secret mesh.

A uuid is made fresh for every process, and so is its key: the first proven pair is the right one, and
whoever shows the uuid with another key is a member that tries to be somebody else.
"""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

__all__ = ["Claims"]


class Claims:
    """The pairs seen lately; beyond `limit` the one used longest ago is forgotten."""

    def __init__(self, limit: int) -> None:
        self._keys: OrderedDict[UUID, bytes] = OrderedDict()
        self._limit = limit

    def claim(self, uuid: UUID, key: bytes) -> bool:
        """Return whether `uuid` belongs to `key`; it does when nobody claimed it before."""
        owner = self._keys.setdefault(uuid, key)
        self._keys.move_to_end(uuid)
        if len(self._keys) > self._limit:
            self._keys.popitem(last=False)
        return owner == key

    def key_of(self, uuid: UUID) -> bytes | None:
        """Return the key that `uuid` belongs to."""
        return self._keys.get(uuid)

    def __len__(self) -> int:
        """Return how many pairs are remembered."""
        return len(self._keys)
