"""How a node is announced and finds others, unless it is told otherwise: beacons, and a TIPC cluster."""

from __future__ import annotations

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from covey.discovery.beacon import BeaconService
from covey.discovery.sighting import Announcement, DiscoverySource, SightingSink

if TYPE_CHECKING:
    from covey.security.secret import Secret

from .zre.own import ClusterEndpoints

__all__ = ["ListeningMedium", "Medium", "beacons", "is_in_cluster", "knows_tipc", "usual_media"]

_PROTOCOLS = "/proc/net/protocols"

Medium: TypeAlias = Callable[[Announcement, SightingSink], DiscoverySource]
"""Makes a source of sightings, to be entered by the node and left with it."""


class ListeningMedium(ABC):
    """A `Medium` whose nodes reach each other where no IP goes: the node listens there, too."""

    @abstractmethod
    def __call__(self, announcement: Announcement, sink: SightingSink, /) -> DiscoverySource:
        """Make a source of sightings."""

    @abstractmethod
    def places(self, uuid: UUID) -> ClusterEndpoints:
        """Return what a node binds."""

    @abstractmethod
    def reached_at(self, uuid: UUID, bound: str) -> ClusterEndpoints:
        """Return where others reach it, given what binding its mailbox resolved to."""


async def usual_media(interfaces: Sequence[str], secret: Secret | None, mesh: str) -> tuple[Medium, ...]:
    """Return the media of a node that names none."""
    usual = beacons(interfaces, secret, mesh)
    # Nearly nobody has TIPC, and to ask that takes microseconds; a thread pool would take milliseconds.
    if not knows_tipc() or not await asyncio.to_thread(is_in_cluster):
        return (usual,)
    from .cluster import Cluster

    return (usual, Cluster(secret, mesh))


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


def beacons(interfaces: Sequence[str], secret: Secret | None, mesh: str) -> Medium:
    """Return the medium of UDP beacons: ZRE's own, or sealed ones where there is a secret."""

    def make(announcement: Announcement, sink: SightingSink) -> DiscoverySource:
        if secret is None:
            return BeaconService(announcement, sink, interfaces=interfaces)
        from covey.discovery.beacon.sealed import SealedBeacons
        from covey.security.beacon_seal import BeaconSealer

        codec = SealedBeacons(BeaconSealer(secret, mesh), time.time_ns() // 1000)
        return BeaconService(announcement, sink, codec=codec, interfaces=interfaces)

    return make
