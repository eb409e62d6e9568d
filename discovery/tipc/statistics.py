"""Counters of one TIPC discovery."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["TipcStatistics"]


@frozen
class TipcStatistics:
    """What was published, and what became of it."""

    published: int = 0
    withdrawn: int = 0
    introduced: int = 0
    """Introductions that were understood."""
    foreign: int = 0
    """Introductions that were not: broken, of another mesh or secret, or under another's instance."""
    sent: int = 0
    refused: int = 0
    """Services beyond the number that is kept."""
    known: int = 0
    """Nodes that are published and introduced now."""
