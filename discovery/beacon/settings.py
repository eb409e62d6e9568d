"""How often beacons go out, and what is remembered of others."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["BeaconSettings"]


@frozen
class BeaconSettings:
    """The pace of a beacon. All times in seconds."""

    interval: float = 1.0
    """Between beacons while few nodes are heard."""
    longest_interval: float = 60.0
    """However many nodes are heard, a beacon goes out this often."""
    segment_rate: float = 25.0
    """Beacons a second that all nodes of a segment send together, once the interval stretches."""
    burst: tuple[float, ...] = (0.1, 0.3)
    """Beacons after the first one, each this long after the start: the first may have been lost."""
    answer_gap: float = 0.05
    """No answer to a newcomer sooner than this after the last beacon of ours; it waits for the gap's end."""
    answer_rate: float = 200.0
    """Answers a second that all nodes of a segment give together when newcomers keep coming."""
    answer_at_once: int = 100
    """So many nodes answer a newcomer at once; where there are more, each waits for its turn at `answer_rate`."""
    forget_after: float = 4.0
    """A node is a newcomer again when it was silent for this many of our intervals, ten seconds at least."""
    goodbyes: int = 2
    """Datagrams that say goodbye, because one may be lost."""
    known: int = 20_000
    """Nodes remembered; beyond it the one heard longest ago is forgotten."""
