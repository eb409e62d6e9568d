"""How a node is announced and finds others: the media that its owner chose, made ready to be entered."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from uuid import UUID

from covey.discovery.beacon.service import BeaconService
from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink
from covey.errors import InterfaceError, ResourceError

from .config import Discover
from .medium import LateMedium, Medium, Surroundings

if TYPE_CHECKING:
    from .config import NodeConfig
    from .introductions import Introductions
    from .peers import Peer
    from .sealing import Sealing

__all__ = ["Sources", "beacons", "is_in_cluster", "knows_tipc", "usual_media"]

_log = logging.getLogger(__name__)
_PROTOCOLS = "/proc/net/protocols"


class Sources:
    """The media of one node at work.

    Args:
        config: what the node is told to be.
        around: what media may know of it.
        sighted: takes their reports.
    """

    def __init__(self, config: NodeConfig, around: Surroundings, sighted: SightingSink) -> None:
        self._config = config
        self._around = around
        self._sighted = sighted
        self._introductions: Introductions | None = None
        self._asked: set[str] = set()

    async def choose(self) -> tuple[Medium, ...]:
        """Return the media to use."""
        config = self._config
        return config.media if config.media is not None else await usual_media(config.discover, self._around)

    async def announce(
        self, stack: AsyncExitStack, announcement: Announcement, media: Sequence[Medium]
    ) -> None:
        """Enter all media; they are left with `stack`.

        Raises:
            InterfaceError: not one of them works.
        """
        failure: InterfaceError | None = None
        working = 0
        for medium in media:
            try:
                self._use(await stack.enter_async_context(medium(announcement, self._sighted)))
                working += not isinstance(medium, LateMedium)
            except InterfaceError as error:
                failure = failure or error
        if failure is not None:
            if not working:
                raise failure
            _log.warning("%s; other nodes are found by other means alone", failure)

    async def ask(self, stack: AsyncExitStack, announcement: Announcement, place: str) -> None:
        """Ask a hub or seed for the others from now on; asking twice is asking once.

        Raises:
            EndpointError: it cannot be read.
        """
        from .rumours import asked

        if place not in self._asked:
            source = asked(self._around, place)(announcement, self._sighted)
            self._use(await stack.enter_async_context(source))
            self._asked.add(place)

    def _use(self, source: object) -> None:
        """Let a medium that can tell of other nodes do so."""
        if not hasattr(source, "unshare"):
            return
        if self._introductions is None:
            from .introductions import Introductions

            self._introductions = Introductions()
        self._introductions.add(source)

    def entered(self, peer: Peer) -> None:
        """Tell others of a peer where a medium can."""
        if self._introductions is not None:
            self._introductions.entered(peer)

    def exited(self, uuid: UUID) -> None:
        """Tell of it no more."""
        if self._introductions is not None:
            self._introductions.exited(uuid)

    def close(self) -> None:
        """Tell of nobody any more."""
        if self._introductions is not None:
            self._introductions.close()


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
        codec = None
        if sealing is not None:
            from .sealing import LateBeacons

            codec = LateBeacons(sealing.beacons)
        service = BeaconService(announcement, sink, codec=codec, interfaces=interfaces)
        service.replayed = replayed
        return service

    return make
