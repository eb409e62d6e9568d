"""How a node is announced and finds others: the media that its owner chose, made ready to be entered."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from covey.discovery.beacon.service import BeaconService
from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.errors import ResourceError

from .discover import Discover
from .medium import LateMedium, Medium, Surroundings

if TYPE_CHECKING:
    from .sealing import Sealing

__all__ = ["beacons", "is_in_cluster", "knows_tipc", "usual_media"]

_log = logging.getLogger(__name__)
_PROTOCOLS = "/proc/net/protocols"


async def usual_media(discover: Discover, around: Surroundings) -> tuple[Medium, ...]:
    """Return the media that were chosen, as far as this machine has them.

    Raises:
        ResourceError: only TIPC was chosen, and the kernel has none.
    """
    media: list[Medium] = []
    if "beacon" in discover.media:
        media.append(beacons(around.interfaces, around.sealing, around.replayed))
    if "tipc" in discover.media:
        media += await _cluster(discover, around)
    if discover.seeds or discover.gossip_bind or discover.gossip_connect:
        from .rumours import gossip, seeds

        if discover.gossip_bind or discover.gossip_connect:
            media.append(gossip(around, discover.gossip_bind, discover.gossip_connect))
        if discover.seeds:
            media.append(seeds(around, discover.seeds))
    if discover.etcd is not None:
        from .etcd import etcd

        given = (around.interfaces, around.sealing, around.mesh)
        media.append(etcd(discover.etcd, *given, replayed=around.replayed))
    if "mdns" in discover.media:
        media.append(LateMedium(_mdns(around)))
    return tuple(media)


async def _cluster(discover: Discover, around: Surroundings) -> list[Medium]:
    """Return TIPC where this machine is in a cluster; where it was asked for by name, wherever it works.

    Raises:
        ResourceError: it was asked for alone, and the kernel has none.
    """
    if discover.insists:
        from covey.transports.tipc.availability import probe

        found = await asyncio.to_thread(probe)
        if not found.available:
            if discover.has_tipc_alone:
                raise ResourceError("TIPC", found.reason)
            _log.warning("%s; other nodes are found by other means alone", found.reason)
            return []
    # Nearly nobody has TIPC, and to ask that takes microseconds; a thread pool would take milliseconds.
    elif not knows_tipc() or not await asyncio.to_thread(is_in_cluster):
        return []
    from .cluster import Cluster

    return [Cluster(around.sealing, around.mesh, around.report)]


def _mdns(around: Surroundings) -> Medium:
    """Return mDNS: after a while, and the later the more peers were found without it."""

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        from .late_mdns import LateMdns

        return LateMdns(announcement, sink, around)

    return make


def knows_tipc() -> bool:
    """Whether the kernel has TIPC at hand, without making it load the module. Never waits for a disk."""
    content = b""
    try:
        descriptor = os.open(_PROTOCOLS, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            while piece := os.read(descriptor, 1 << 16):
                content += piece
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return content.startswith(b"TIPC ") or b"\nTIPC " in content


def is_in_cluster() -> bool:
    """Whether this machine was made a TIPC node with a bearer; never loads the kernel's module."""
    if not knows_tipc():
        return False
    from covey.transports.tipc.availability import probe

    return bool(probe().bearers)


def beacons(
    interfaces: Sequence[str], sealing: Sealing | None, replayed: Callable[[str], None] | None = None
) -> Medium:
    """Return the medium of UDP beacons: ZRE's own, or sealed ones in a protected mesh."""

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        codec = sealing.beacons() if sealing is not None else None
        service = BeaconService(announcement, sink, codec=codec, interfaces=interfaces)
        service.replayed = replayed
        return service

    return make
