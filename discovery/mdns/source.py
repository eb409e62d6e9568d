"""mDNS as a medium of discovery: registers this node and reports the others."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from covey.errors import CoveyError, InterfaceError
from covey.values import frozen, replace

from ..beacon.codec import Discard
from ..beacon.replay import ReplayGuard
from ..interface_table import Interface
from ..interfaces import usable_interfaces
from ..netlink import InterfaceWatch
from ..sighting import Announcement, Sighting, SightingSink
from ..tasks import stop_task
from .advertise import register, update
from .service import Service, ServiceEvent, ServiceEventKind, full_type
from .text import MdnsCodec, OpenText
from .watcher import ServiceWatcher
from .zone import close_zone, open_zone, update_zone

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

__all__ = ["SERVICE_TYPE", "MdnsSource", "MdnsStatistics"]

SERVICE_TYPE = "_covey._tcp"
_SIGHTINGS_PER_SERVICE = 4
"""Addresses of one record that are reported; whatever it lists further."""
_SENDERS_REMEMBERED = 4096
_LONGEST_NAME = 50
_UUID_DIGITS = 6
_RANDOM_NAME = 6

_logger = logging.getLogger(__name__)


@frozen
class MdnsStatistics:
    """What the medium does and heard."""

    is_running: bool = False
    """Registered and browsing; False while starting, and where mDNS cannot work."""
    name: str = ""
    """The instance's name, as it came to be."""
    found: int = 0
    lost: int = 0
    foreign: int = 0
    malformed: int = 0
    replayed: int = 0


class MdnsSource:
    """A `DiscoverySource` on mDNS.

    Entering returns at once: asking whether the name is free takes a second, which no node has to wait
    for. A host where mDNS cannot work gets one line in the log and no sightings.

    Args:
        announcement: what to say.
        sink: takes the sightings.
        codec: what the record says; open unless given.
        name: for people; ignored where the codec hides names.
        interfaces: names or addresses to use; empty for every sensible one.
        delay: seconds before it starts, so that a start of many nodes at once is left to the beacon.
    """

    def __init__(
        self,
        announcement: Announcement,
        sink: SightingSink,
        *,
        codec: MdnsCodec | None = None,
        name: str = "covey",
        interfaces: Sequence[str] = (),
        delay: float = 0.0,
    ) -> None:
        self._announcement = announcement
        self._sink = sink
        self._codec = codec or OpenText()
        self._name = (
            os.urandom(_RANDOM_NAME).hex() if self._codec.hides_names else _instance(name, announcement.uuid)
        )
        self._pins = tuple(interfaces)
        self._delay = delay
        self._replay = ReplayGuard(_SENDERS_REMEMBERED)
        self._interfaces: tuple[Interface, ...] = ()
        self._service = Service("covey", SERVICE_TYPE, 0)
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._is_running = False
        self._found = self._lost = self._replayed = 0
        self._discarded = {Discard.FOREIGN: 0, Discard.MALFORMED: 0}

    async def __aenter__(self) -> Self:
        """Start registering and browsing in the background."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="mdns")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye and stop; takes about 0.3 s."""
        if self._task is not None:
            task, self._task = self._task, None
            await stop_task(task)

    async def wait_started(self) -> bool:
        """Wait until the node is registered; return whether it is, or mDNS does not work here."""
        await self._started.wait()
        return self._is_running

    def statistics(self) -> MdnsStatistics:
        """Return the counters."""
        return MdnsStatistics(
            is_running=self._is_running,
            name=self._name,
            found=self._found,
            lost=self._lost,
            foreign=self._discarded[Discard.FOREIGN],
            malformed=self._discarded[Discard.MALFORMED],
            replayed=self._replayed,
        )

    async def _run(self) -> None:
        """Register, browse, and follow the interfaces until cancelled."""
        try:
            await asyncio.sleep(self._delay)
            await self._work()
        finally:
            self._is_running = False
            self._started.set()

    async def _work(self) -> None:
        try:
            self._interfaces = tuple(usable_interfaces(self._pins))
            zone = await open_zone(self._interfaces)
        except CoveyError as error:
            _logger.warning("mDNS does not work here: %s", error)
            return
        try:
            async with (
                ServiceWatcher(zone, full_type(SERVICE_TYPE), self._take),
                InterfaceWatch(self._changed.set),
            ):
                await self._register(zone)
                await self._follow(zone)
        except CoveyError as error:
            _logger.warning("mDNS: %s", error)
        finally:
            await asyncio.shield(close_zone(zone))

    async def _register(self, zone: AsyncZeroconf) -> None:
        """Announce this node."""
        port, properties = self._codec.encode(self._announcement)
        service = Service(self._name, SERVICE_TYPE, port, properties=properties)
        self._service = await register(zone, service, self._interfaces)
        self._name = self._service.name
        self._is_running = True
        self._started.set()

    async def _follow(self, zone: AsyncZeroconf) -> None:
        """Move along when interfaces change."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                interfaces = tuple(usable_interfaces(self._pins))
            except InterfaceError:
                continue
            if interfaces != self._interfaces:
                self._interfaces = interfaces
                await update_zone(zone, interfaces)
                properties = self._codec.encode(self._announcement)[1]
                await update(zone, replace(self._service, properties=properties), interfaces)

    def _take(self, event: ServiceEvent) -> None:
        """Make sightings of what happened to a record."""
        beacon = self._codec.decode(event.service.port, event.service.properties)
        if isinstance(beacon, Discard):
            self._discarded[beacon] += event.kind is ServiceEventKind.FOUND
            return
        if beacon.uuid == self._announcement.uuid:
            return
        is_sealed = beacon.sequence is not None
        if event.kind is ServiceEventKind.LOST:
            self._lost += 1
            if not is_sealed:  # a goodbye of mDNS proves nothing; sealed nodes say theirs by beacon
                self._sink(Sighting(beacon.uuid, "mdns", None))
            return
        if beacon.sequence is not None and not self._replay.accept(beacon.uuid, beacon.sequence, again=True):
            self._replayed += 1
            return
        self._found += 1
        for address in _nearest(event.service.addresses, self._interfaces):
            endpoint = (
                f"tcp://[{address}]:{beacon.port}" if ":" in address else f"tcp://{address}:{beacon.port}"
            )
            key = beacon.public_key if is_sealed else None
            self._sink(Sighting(beacon.uuid, "mdns", endpoint, key, source=address))


def _instance(name: str, uuid: UUID) -> str:
    """Return a name that is free already: nodes of one host share mDNS's port, and of the answers to the
    question whether a name is taken, which go to one address, each of them gets some."""
    printable = "".join(letter for letter in name if letter.isprintable())
    start = printable.encode()[:_LONGEST_NAME].decode("utf-8", "ignore") or "covey"
    return f"{start} {uuid.hex[:_UUID_DIGITS]}"


def _nearest(addresses: Sequence[str], interfaces: Sequence[Interface]) -> list[str]:
    """Return the addresses worth trying: those in networks of ours, else the first ones told."""
    near = [
        address
        for address in addresses
        if ":" not in address and any(one.reaches(address) for one in interfaces if one.family == 4)
    ]
    return (near or [address for address in addresses if _is_whole(address)])[:_SIGHTINGS_PER_SERVICE]


def _is_whole(address: str) -> bool:
    """Whether an address can be connected to: a link-local one cannot without its zone."""
    return not address.lower().startswith("fe80:") or "%" in address
