"""The beacon at work on asyncio: one socket, one timer, one engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from math import inf
from types import TracebackType
from typing import Self

from ..interface_table import Interface
from ..interfaces import usable_interfaces
from ..sighting import Announcement, SightingSink
from .channel import BroadcastChannel
from .codec import BeaconCodec, OpenBeacons
from .constants import PORT
from .core import BeaconCore
from .settings import BeaconSettings
from .statistics import BeaconStatistics

__all__ = ["BeaconService"]

_DATAGRAMS_PER_WAKEUP = 64
"""Then everybody else on the loop has a turn."""
_FLOOD_PAUSE = 0.002
"""Seconds without reading after a full wake-up, so that a flood cannot eat the processor."""

_logger = logging.getLogger(__name__)


class BeaconService:
    """A `DiscoverySource` that broadcasts on the interfaces of this host.

    The first beacon leaves inside `__aenter__`; leaving the context says goodbye.

    Args:
        announcement: what to say.
        sink: takes the sightings.
        codec: open ZRE beacons unless given.
        interfaces: names or addresses to use; empty for every sensible one.
        port: UDP port; open meshes are kept apart by it alone.
        settings: the pace.

    Raises:
        InterfaceError: on entering: an interface is unknown, or there is none to use.
        ResourceError: on entering: the port cannot be shared.
    """

    def __init__(
        self,
        announcement: Announcement,
        sink: SightingSink,
        *,
        codec: BeaconCodec | None = None,
        interfaces: Sequence[str] = (),
        port: int = PORT,
        settings: BeaconSettings = BeaconSettings(),  # noqa: B008 - a frozen value
    ) -> None:
        self._core = BeaconCore(announcement, codec or OpenBeacons(), settings)
        self._sink = sink
        self._pins = tuple(interfaces)
        self._port = port
        self._interfaces: tuple[Interface, ...] = ()
        self._names: dict[int, str] = {}
        self._failing: set[str] = set()
        self._channel: BroadcastChannel | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Start announcing and listening."""
        interfaces = usable_interfaces(self._pins)
        self._channel = BroadcastChannel(self._port)
        asyncio.get_running_loop().add_reader(self._channel.fileno(), self._readable)
        self._use(interfaces)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye and stop."""
        if self._channel is None:
            return
        self._core.leave()
        self._transmit()
        if self._pause is not None:
            self._pause.cancel()
        asyncio.get_running_loop().remove_reader(self._channel.fileno())
        self._channel.close()
        self._channel = None

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """What is used now."""
        return self._interfaces

    def statistics(self) -> BeaconStatistics:
        """Return the counters."""
        return self._core.statistics()

    def _use(self, interfaces: Sequence[Interface]) -> None:
        """Announce on these interfaces from now on, and hear what arrives on them."""
        self._interfaces = tuple(interfaces)
        self._names = {interface.index: interface.name for interface in interfaces}
        self._core.start(self._interfaces, asyncio.get_running_loop().time())
        self._transmit()

    def _readable(self) -> None:
        """Take what has arrived, within bounds."""
        if self._channel is None:
            return
        now = asyncio.get_running_loop().time()
        for _ in range(_DATAGRAMS_PER_WAKEUP):
            datagram = self._channel.receive()
            if datagram is None:
                break
            interface = self._names.get(datagram.index)
            if interface is None:
                continue
            sighting = self._core.receive_datagram(datagram.data, datagram.source, interface, now)
            if sighting is not None:
                self._sink(sighting)
        else:
            self._hold_back()
        self._transmit()

    def _hold_back(self) -> None:
        """Stop reading for a moment; the kernel drops what its buffer cannot hold."""
        loop = asyncio.get_running_loop()
        if self._channel is not None:
            loop.remove_reader(self._channel.fileno())
            self._pause = loop.call_later(_FLOOD_PAUSE, self._resume)

    def _resume(self) -> None:
        self._pause = None
        if self._channel is not None:
            asyncio.get_running_loop().add_reader(self._channel.fileno(), self._readable)

    def _due(self) -> None:
        self._timer = None
        self._core.handle_timeout(asyncio.get_running_loop().time())
        self._transmit()

    def _transmit(self) -> None:
        """Send what is to be sent and set the timer."""
        for interface, datagram in self._core.datagrams_to_send():
            self._send(datagram, interface)
        loop = asyncio.get_running_loop()
        deadline = self._core.next_timeout()
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline < inf:
            self._timer = loop.call_at(max(deadline, loop.time()), self._due)

    def _send(self, datagram: bytes, interface: Interface) -> None:
        """Broadcast; a refusal (cable out, no route, firewall) is counted and logged once until it passes."""
        if self._channel is None:
            return
        try:
            self._channel.broadcast(datagram, interface)
        except OSError as error:
            self._core.send_failed()
            if interface.name not in self._failing:
                self._failing.add(interface.name)
                _logger.warning("beacon on %s: %s; trying on", interface.name, error.strerror or error)
        else:
            self._failing.discard(interface.name)
