"""Counters of one beacon service."""

from __future__ import annotations

from covey.values import frozen

__all__ = ["BeaconStatistics"]


@frozen
class BeaconStatistics:
    """What was sent and what was heard, in datagrams."""

    sent: int = 0
    received: int = 0
    """Everything that arrived on the interfaces in use, whatever became of it."""
    own: int = 0
    """Our own, heard back: zero for long means that the network eats broadcasts."""
    malformed: int = 0
    foreign: int = 0
    """Not opened: another protocol, mesh or secret."""
    replayed: int = 0
    """Sealed ones that were heard before, or older than one heard before."""
    answered: int = 0
    """Sent because a newcomer was heard."""
    rationed: int = 0
    """Open ones of more strangers than one address may report at a time."""
    overrun: int = 0
    """Came while the kernel's buffer was full, and were dropped."""
    send_errors: int = 0
    known: int = 0
    """Nodes heard lately."""
    interval: float = 0.0
    """Present time between our beacons. Seconds."""
