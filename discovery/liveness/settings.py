"""How long silence may last."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["LivenessSettings"]


@frozen
class LivenessSettings:
    """All times in seconds, those marked so in intervals."""

    interval: float = 1.0
    """At which a living node is expected to be heard until it showed another rhythm; 0.1 works."""
    least: float = 1.0
    """The shortest interval that a rhythm may teach; shorter ones must be announced by the node itself."""
    floor: float = 1.5
    """Intervals of silence before which nobody is suspected, however regular."""
    deviations: float = 6.0
    """Silence beyond the mean pause that makes a node evasive, in standard deviations of its pauses."""
    ceiling: float = 30.0
    """Silence after which a node is evasive, however irregular it was."""
    verdict: float = 1.0
    """Intervals after which an evasive node of which no probe reported anything counts as gone."""
    probing: float = 4.5
    """Seconds that a probe may take, however short the interval: a packet may have to be sent again."""
    silent: int = 3
    """Probes in a row that nothing answered before a node counts as gone: on a bad link, one says little."""
    stopped: float = 60.0
    """Silence granted to a node whose machine still accepts connections for it, or whom others heard."""
    again: float = 5.0
    """Between further probes of an evasive node that was granted time: it may die meanwhile."""
    nodes: int = 20_000
    """Nodes watched at most; further ones are not."""
