"""Beacons: small UDP datagrams by which nodes of one LAN find each other (RFC 36).

Every name is loaded when it is first used: a node that starts needs few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .codec import Beacon, Discard, OpenBeacons
    from .codec_protocol import BeaconCodec
    from .pace import BeaconSettings
    from .routes import Mode
    from .sealed import SealedBeacons
    from .service import BeaconService
    from .statistics import BeaconStatistics

__all__ = [
    "Beacon",
    "BeaconCodec",
    "BeaconService",
    "BeaconSettings",
    "BeaconStatistics",
    "Discard",
    "Mode",
    "OpenBeacons",
    "SealedBeacons",
]

_HOME_OF = {
    "Beacon": "codec",
    "BeaconCodec": "codec_protocol",
    "BeaconService": "service",
    "BeaconSettings": "pace",
    "BeaconStatistics": "statistics",
    "Discard": "codec",
    "Mode": "routes",
    "OpenBeacons": "codec",
    "SealedBeacons": "sealed",
}


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
