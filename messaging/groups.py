"""Names of groups: text for people, at most 255 octets on the wire (RFC 48)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Generic, TypeVar

from covey.errors import OptionError

__all__ = ["MAX_GROUP", "GroupTable", "group_as_text", "group_octets"]

MAX_GROUP = 255
P = TypeVar("P")


def group_octets(group: str | bytes) -> bytes:
    """Return a group's name as on the wire.

    Raises:
        OptionError: it has more than 255 octets, or is no name.
    """
    if not isinstance(group, (str, bytes)):
        raise OptionError("group", f"is a str or bytes, not {type(group).__name__}")
    octets = group.encode(errors="surrogateescape") if isinstance(group, str) else group
    if len(octets) > MAX_GROUP:
        raise OptionError("group", f"has at most {MAX_GROUP} octets, not {len(octets)}")
    return octets


def group_as_text(octets: bytes) -> str:
    """Return a group's name; octets that are not UTF-8 survive the way back through `group_octets`."""
    return octets.decode(errors="surrogateescape")


class GroupTable(Generic[P]):
    """Which peers are in which group, and those that are in all."""

    def __init__(self) -> None:
        self._peers: dict[bytes, dict[P, None]] = {}
        self._groups: dict[P, set[bytes]] = {}
        self._everywhere: dict[P, None] = {}
        self._cache: dict[bytes, tuple[P, ...]] = {}

    def join(self, group: bytes, peer: P) -> None:
        """Put a peer into a group; a second time changes nothing."""
        self._cache.clear()
        self._peers.setdefault(group, {})[peer] = None
        self._groups.setdefault(peer, set()).add(group)

    def leave(self, group: bytes, peer: P) -> None:
        """Take a peer out of a group, if it is in it."""
        groups = self._groups.get(peer, set())
        if group not in groups:
            return
        self._cache.clear()
        groups.discard(group)
        peers = self._peers[group]
        del peers[peer]
        if not peers:
            del self._peers[group]

    def join_all(self, peer: P) -> None:
        """Put a peer into every group."""
        self._cache.clear()
        self._everywhere[peer] = None

    def forget(self, peer: P) -> None:
        """Take a peer out of everything."""
        for group in list(self._groups.get(peer, ())):
            self.leave(group, peer)
        self._groups.pop(peer, None)
        if self._everywhere.pop(peer, self) is not self:
            self._cache.clear()

    def groups_of(self, peer: P) -> int:
        """Return how many groups a peer has joined."""
        return len(self._groups.get(peer, ()))

    def members(self, group: bytes) -> Collection[P]:
        """Return who gets a message of the group."""
        found = self._cache.get(group)
        if found is None:
            found = tuple({**self._everywhere, **self._peers.get(group, {})})
            if group in self._peers:  # so that the cache cannot outgrow what peers asked for
                self._cache[group] = found
        return found
