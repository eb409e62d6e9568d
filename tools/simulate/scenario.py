"""What is simulated."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["Scenario"]

_GRANTED = 30.0
"""Seconds for verdicts that wait for a probe."""


@frozen
class Scenario:
    """One segment and what happens on it. All times in seconds of simulated time.

    All nodes start at once; after `calm`, nodes are killed, leave, stand still and come; in the middle of that
    time, the segment is cut into two halves for a while. Then it is calm until everything should be noticed.
    """

    nodes: int
    busy: float = 180.0
    """How long nodes come and go."""
    calm: float = 60.0
    """Before that."""
    loss: float = 0.0
    """Share of datagrams that each receiver loses, 0 to 1; each on its own."""
    churn: float = 0.1
    """Share of the nodes that is killed, leaves or stands still in a minute; whoever goes is replaced."""
    partition: float = 30.0
    """How long the segment is cut; 0 for not at all."""
    listeners: int = 0
    """Nodes that are simulated whole, 0 to choose; the others speak, and hear by one ear for each half."""
    seed: int = 1

    @property
    def watched(self) -> int:
        """How many nodes are simulated whole."""
        chosen = self.listeners or max(8, 2000 // self.nodes)
        return min(self.nodes, chosen)

    @property
    def partition_at(self) -> float:
        """When the segment is cut."""
        return self.calm + (self.busy - self.partition) / 2

    @property
    def churn_ends(self) -> float:
        """When the last node is touched."""
        return self.calm + self.busy

    def ends(self, interval: float) -> float:
        """Return when it is over, given how long the interval between beacons becomes."""
        return self.churn_ends + _GRANTED + 3 * interval
