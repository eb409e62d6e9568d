"""Subscriptions of which some are narrowed to what their owners may hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from covey.messaging.subscriptions import SubscriptionTable

if TYPE_CHECKING:
    from covey.security.trust.patterns import Patterns

__all__ = ["PermittedTable"]

P = TypeVar("P")
_CACHE_LIMIT = 4096


class PermittedTable(SubscriptionTable[P]):
    """As its base, but a limited peer gets a topic only if a pattern of its own allows it, too.

    Costs nothing while nobody is limited, else a lookup for each topic seen lately.
    """

    def __init__(self) -> None:
        super().__init__()
        self._limits: dict[P, Patterns] = {}
        self._permitted: dict[bytes, tuple[tuple[P, ...], tuple[P, ...]]] = {}

    def limit(self, peer: P, patterns: Patterns) -> None:
        """Narrow a peer's subscriptions to these patterns."""
        if not patterns.is_everything:
            self._permitted.clear()
            self._limits[peer] = patterns

    def remove_peer(self, peer: P) -> list[bytes]:
        """Forget a peer and its limits; return the topics that nobody has any more."""
        if self._limits.pop(peer, None) is not None:
            self._permitted.clear()
        return super().remove_peer(peer)

    def match(self, topic: bytes) -> tuple[P, ...]:
        """Return the peers that want a topic and may have it, each once."""
        found = super().match(topic)
        limits = self._limits
        if not limits:
            return found
        wanted, permitted = self._permitted.get(topic, ((), ()))
        if wanted is not found:  # the base's own cache gives the same tuple until something changes
            permitted = tuple(one for one in found if one not in limits or limits[one].allows(topic))
            if len(self._permitted) >= _CACHE_LIMIT:
                self._permitted.clear()
            self._permitted[topic] = (found, permitted)
        return permitted
