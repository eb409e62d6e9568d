"""How long silence may last (RFC 36)."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["EVASIVE_AFTER", "EXPIRED_AFTER", "Timings"]

EVASIVE_AFTER = 5.0
"""Seconds of silence after which a peer is evasive."""
EXPIRED_AFTER = 30.0
"""Seconds of silence after which a peer is gone."""


@frozen
class Timings:
    """The core's intervals. All in seconds."""

    evasive: float = EVASIVE_AFTER
    """Silence after which a peer is evasive; also how long a broken link may take to come back."""
    expired: float = EXPIRED_AFTER
    """Silence after which a peer is gone."""
    retry: float = 1.0
    """An endpoint that is not reached for so long gives way to the peer's next one."""
    departed: float = 3.0
    """Sightings of a node that said goodbye are ignored for so long: they are older than the goodbye."""
    foreign: float = 30.0
    """Sightings of another mesh's node are ignored for so long."""

    def __post_init__(self) -> None:
        """Check the order of the two that users set."""
        if not 0 < self.evasive <= self.expired:
            raise ValueError(f"0 < evasive ({self.evasive}) <= expired ({self.expired}) must hold")

    @property
    def ping(self) -> float:
        """Silence after which PING is sent, early enough to be answered before the peer counts as evasive."""
        return self.evasive * 0.8
