"""The beacon at work on asyncio: a socket per family, one timer, one engine."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Sequence
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Self

from covey.errors import InterfaceError
from covey.values import replace

from ..announce.constants import PREFIX
from ..announce.place import Place
from ..interface_table import Interface
from ..interfaces import usable_interfaces
from ..sighting import Announcement, SightingSink
from .codec import OpenBeacons
from .constants import PORT
from .core import BeaconCore
from .pace import BeaconSettings
from .routes import Mode, Route, plan_routes
from .switchboard import Switchboard
from .udp import Datagram

if TYPE_CHECKING:
    from ..netlink import InterfaceWatch
    from ..sleep import SleepDetector
    from .codec_protocol import BeaconCodec
    from .statistics import BeaconStatistics

__all__ = ["BeaconService"]

_LONGEST_NAP = 2.0
"""Seconds between looks at whether the machine slept."""
_WATCHED_AFTER = 1.0
"""Seconds from the start until changes of the host are looked out for: it has others to meet first."""
_CALM_AFTER = 5.0
"""Seconds without a newcomer, or a loss, until datagrams of a crowd may wait for each other."""
_LONGEST_WAIT = 0.1
_WAIT_SHARE = 1 / 40
"""Seconds for which they wait then, and the share of our interval that this is at most."""
_CROWD, _STIRRED_WAIT = 8, 0.02
"""Others from whom on datagrams wait in any case, and seconds: nodes that start side by side speak several times."""
_CHANGES_TOGETHER = 0.01
"""Seconds for which a changed card waits for further changes."""

_logger = logging.getLogger(__name__)


class BeaconService:
    """A `DiscoverySource` that announces on the interfaces of this host, and hears all others on the link.

    The first beacon leaves inside `__aenter__`; leaving the context says goodbye. Interfaces that come, go
    or change are followed, and a machine that wakes up announces itself at once.

    Args:
        announcement: what to say.
        sink: takes the sightings.
        codec: open ZRE beacons unless given.
        interfaces: names or addresses to use; empty for every sensible one.
        port: UDP port; open meshes are kept apart by it alone.
        modes: broadcast, multicast or both; None for all that make sense: IPv6 only where IPv4 is missing.
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
        modes: Collection[Mode] | None = None,
        settings: BeaconSettings = BeaconSettings(),  # noqa: B008 - a frozen value
    ) -> None:
        self.replayed: Callable[[str], None] | None = None
        """Told where a recorded beacon came from that was played back."""
        self._core = BeaconCore(announcement, codec or OpenBeacons(), settings)
        self._sink = sink
        self._pins = tuple(interfaces)
        self._modes = modes
        self._routes: tuple[Route, ...] = ()
        self._herald = announcement.herald
        self._switchboard = Switchboard(
            port,
            self._receive,
            self._transmit,
            answerable=self._herald is not None,
            patience=self._patience,
        )
        self._crowd = 0
        self._stirred_at = -inf
        self._change: asyncio.TimerHandle | None = None
        self._watch: InterfaceWatch | None = None
        self._watch_later: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sleep: SleepDetector | None = None
        self._is_lost = False

    async def __aenter__(self) -> Self:
        """Start announcing and listening."""
        try:
            self._use(self._plan())
        except BaseException:
            self._switchboard.close()
            raise
        self._watch_later = asyncio.get_running_loop().call_later(_WATCHED_AFTER, self._watch_host)
        if self._herald is not None:
            self._herald.attach(self._transmit, self._changed)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye and stop."""
        if self._watch_later is not None:
            self._watch_later.cancel()
        if self._watch is not None:
            self._watch.stop()
        if self._herald is not None:
            self._herald.detach()
        if self._change is not None:
            self._change.cancel()
        self._core.leave()
        self._transmit()
        self._switchboard.close()

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """What is used now: one row per address."""
        return tuple(dict.fromkeys(route.interface for route in self._routes))

    def statistics(self) -> BeaconStatistics:
        """Return the counters."""
        return replace(self._core.statistics(), overrun=self._switchboard.overrun)

    def announce(self) -> None:
        """Send a beacon now, and a burst after it, as at the start."""
        self._stirred_at = now = asyncio.get_running_loop().time()
        self._core.start(self._routes, now)
        self._transmit()

    def _plan(self) -> tuple[Route, ...]:
        """Return the routes that there are now.

        Raises:
            InterfaceError: none.
        """
        wants_ipv6 = None if self._modes is None else Mode.MULTICAST_V6 in self._modes
        found = usable_interfaces(self._pins, ipv6=wants_ipv6)
        routes = plan_routes(found, list(Mode) if self._modes is None else self._modes)
        if not routes:
            names = ", ".join(dict.fromkeys(interface.name for interface in found))
            raise InterfaceError(names, "offers none of the ways that beacons were told to go")
        return routes

    def _use(self, routes: tuple[Route, ...]) -> None:
        """Announce on these routes from now on, and hear what arrives on them."""
        self._switchboard.use(routes)
        self._routes = routes
        self.announce()

    def _watch_host(self) -> None:
        """Follow changes of interfaces, and notice sleep, from now on; what changed until now is seen here."""
        from ..netlink import InterfaceWatch
        from ..sleep import SleepDetector

        self._sleep = SleepDetector(0.0, 0.0)
        self._slept()
        self._watch = InterfaceWatch(self._interfaces_changed)
        self._watch.start()
        self._interfaces_changed()

    def _interfaces_changed(self) -> None:
        """Follow what the kernel says."""
        routes = self._plan_or_wait()
        if routes != self._routes:
            names = ", ".join(dict.fromkeys(route.interface.name for route in routes))
            _logger.info("beacon: now on %s", names or "nothing")
            is_lost = not _addresses(self._routes) <= _addresses(routes)
            self._use(routes)
            if is_lost and self._herald is not None:
                self._herald.relocated()

    def _plan_or_wait(self) -> tuple[Route, ...]:
        """Return the routes that there are now; having none is no error once at work, one may come."""
        routes: tuple[Route, ...] = ()
        try:
            routes = self._plan()
        except InterfaceError as error:
            if not self._is_lost:
                _logger.warning("beacon: %s; waiting for one", error)
        self._is_lost = not routes
        return routes

    def _changed(self) -> None:
        """Announce what changed, a few times, as any of them may be lost."""
        if self._change is None:
            self._change = asyncio.get_running_loop().call_later(_CHANGES_TOGETHER, self._announce_change)

    def _announce_change(self) -> None:
        self._change = None
        self.announce()

    def _receive(self, datagram: Datagram, place: Place) -> None:
        now, herald = asyncio.get_running_loop().time(), self._herald
        if datagram.data.startswith(PREFIX):
            if herald is not None:
                herald.receive(datagram.data, place, now)
            return
        if herald is not None and herald.has_said(datagram.data):
            self._core.passed_over()
            return
        stale = self._core.stale
        sighting = self._core.receive_datagram(datagram.data, place.host, place.interface, now, datagram.mode)
        if self._core.stale != stale and self.replayed is not None:
            self.replayed(place.host)
        if sighting is None:
            return
        if (
            herald is None
            or sighting.is_departure
            or not herald.beacon_heard(sighting.uuid, place, now, sighting.public_key)
        ):
            self._sink(sighting)

    def _patience(self) -> float:
        """Return for how long datagrams may wait: little while nodes come or go, not at all where there are few."""
        core, now = self._core, asyncio.get_running_loop().time()
        if core.crowd != self._crowd:
            self._crowd, self._stirred_at = core.crowd, now
        if core.is_stretched and now >= self._stirred_at + _CALM_AFTER:
            return min(_WAIT_SHARE * core.interval, _LONGEST_WAIT)
        return _STIRRED_WAIT if core.crowd >= _CROWD else 0.0

    def _due(self) -> None:
        self._timer = None
        if self._slept():
            self._use(self._plan_or_wait())
            return
        now = asyncio.get_running_loop().time()
        self._core.handle_timeout(now)
        if self._herald is not None:
            self._herald.handle_timeout(now)
        self._transmit()

    def _slept(self) -> bool:
        """Whether the machine was suspended since this was asked last."""
        if self._sleep is None:
            return False
        return self._sleep.slept(time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)) > 0

    def _transmit(self) -> None:
        """Send what is to be sent and set the timer."""
        for route, datagram in self._core.datagrams_to_send():
            if not self._switchboard.send(datagram, route):
                self._core.send_failed()
        deadline = self._core.next_timeout()
        if self._herald is not None:
            for place, datagram in self._herald.datagrams_to_send():
                self._switchboard.answer(datagram, place)
            deadline = min(deadline, self._herald.next_timeout())
        self._wake_at(deadline)

    def _wake_at(self, deadline: float) -> None:
        """Set the timer; one that comes earlier, as the nap's may, is left alone."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= deadline < inf:
                return
            self._timer.cancel()
            self._timer = None
        if deadline < inf:
            now = loop.time()
            self._timer = loop.call_at(min(max(deadline, now), now + _LONGEST_NAP), self._due)


def _addresses(routes: tuple[Route, ...]) -> set[str]:
    return {route.interface.address for route in routes}
