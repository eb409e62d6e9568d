"""Which of a peer's endpoints to try first, from here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from covey.errors import InterfaceError

if TYPE_CHECKING:
    from covey.discovery.interface_table import Interface

__all__ = ["Ranker"]

_FRESH = 2.0
"""Seconds for which a list of our interfaces is good."""


class Ranker:
    """Sorts endpoints by what our interfaces reach.

    Args:
        pins: names or addresses of interfaces; empty for every sensible one.
    """

    def __init__(self, pins: Sequence[str]) -> None:
        self._pins = tuple(pins)
        self._looked = -_FRESH
        self._interfaces: Sequence[Interface] = ()

    def __call__(self, endpoints: Sequence[str]) -> list[str]:
        """Return the likeliest first; TIPC before all, which was set up on purpose."""
        if len(endpoints) < 2:
            return list(endpoints)
        from covey.discovery.interfaces import usable_interfaces
        from covey.discovery.ranking import rank_endpoints

        now = time.monotonic()
        if now - self._looked > _FRESH:
            self._looked = now
            try:
                self._interfaces = usable_interfaces(self._pins)
            except InterfaceError:
                self._interfaces = ()
        cluster = [endpoint for endpoint in endpoints if endpoint.startswith("tipc://")]
        return cluster + rank_endpoints([one for one in endpoints if one not in cluster], self._interfaces)
