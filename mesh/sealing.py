"""What the media of a secret mesh seal their announcements with."""

from __future__ import annotations

import time

from covey.discovery.beacon.sealed import SealedBeacons
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret

__all__ = ["sealed_beacons"]


def sealed_beacons(secret: Secret, mesh: str) -> SealedBeacons:
    """Return a codec of its own for a medium; its sequence begins at the wall clock, in microseconds."""
    return SealedBeacons(BeaconSealer(secret, mesh), time.time_ns() // 1000)
