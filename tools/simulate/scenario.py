"""What is simulated."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["Scenario"]


@frozen
class Scenario:
    """One segment and what happens on it. All times in seconds of simulated time.

    All nodes start at once; after `calm`, nodes are killed, leave, stand still and come; in the middle of the
    rest, the segment is cut into two halves for a while. The last `calm` is calm again.
    """

    nodes: int
    seconds: float = 300.0
    calm: float = 60.0
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
        chosen = self.listeners or max(16, 2000 // self.nodes)
        return min(self.nodes, chosen)

    @property
    def partition_at(self) -> float:
        """When the segment is cut."""
        return self.seconds / 2

    @property
    def churn_ends(self) -> float:
        """When the last node is touched."""
        return self.seconds - self.calm
