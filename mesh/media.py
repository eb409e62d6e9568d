"""How a node is announced and finds others, unless it is told otherwise: beacons."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink

if TYPE_CHECKING:
    from covey.security.secret import Secret

__all__ = ["Medium", "beacons"]

Medium: TypeAlias = Callable[[Announcement, SightingSink], DiscoverySource]
"""Makes a source of sightings, to be entered by the node and left with it."""


def beacons(interfaces: Sequence[str], secret: Secret | None, mesh: str) -> Medium:
    """Return the medium of UDP beacons: ZRE's own, or sealed ones where there is a secret."""

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        from covey.discovery.beacon import BeaconService

        if secret is None:
            return BeaconService(announcement, sink, interfaces=interfaces)
        from covey.discovery.beacon.sealed import SealedBeacons
        from covey.security.beacon_seal import BeaconSealer

        codec = SealedBeacons(BeaconSealer(secret, mesh), time.time_ns() // 1000)
        return BeaconService(announcement, sink, codec=codec, interfaces=interfaces)

    return make
