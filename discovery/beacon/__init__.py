"""Beacons: small UDP datagrams by which nodes of one LAN find each other (RFC 36)."""

from __future__ import annotations

from .codec import Beacon, BeaconCodec, Discard, OpenBeacons
from .sealed import SealedBeacons
from .service import BeaconService
from .settings import BeaconSettings
from .statistics import BeaconStatistics

__all__ = [
    "Beacon",
    "BeaconCodec",
    "BeaconService",
    "BeaconSettings",
    "BeaconStatistics",
    "Discard",
    "OpenBeacons",
    "SealedBeacons",
]
