"""The sockets of a beacon at work: opened when a route needs them, read within bounds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..announce.place import Place
from .ipv4 import Ipv4Socket
from .routes import Mode, Route
from .udp import Datagram

if TYPE_CHECKING:
    from .floodgate import Floodgate
    from .socket_protocol import BeaconSocket

__all__ = ["Switchboard"]

_DATAGRAMS_PER_WAKEUP = 64
"""Then everybody else on the loop has a turn."""
_FLOOD_PAUSE = 0.002
"""Seconds without reading after a full wake-up, so that a flood cannot eat the processor."""

_logger = logging.getLogger(__name__)


class Switchboard:
    """Connects routes with the sockets that serve them.

    Args:
        port: UDP port where beacons go, and are heard.
        on_datagram: takes each datagram that arrived on an interface in use, and where from.
        after_batch: called when the datagrams of one wake-up were taken.
        answerable: send from ports of our own, where others can answer, and hear there too.
        patience: asked when all that came was read: seconds for which what everybody is told may wait in the
            kernel now, so that a crowd's datagrams are read several at a time. What we are answered never waits.
    """

    def __init__(
        self,
        port: int,
        on_datagram: Callable[[Datagram, Place], None],
        after_batch: Callable[[], None],
        *,
        answerable: bool = False,
        patience: Callable[[], float] = float,
    ) -> None:
        self._port = port
        self._on_datagram = on_datagram
        self._after_batch = after_batch
        self._answerable = answerable
        self._patience = patience
        self._shared: dict[int, BeaconSocket] = {}
        self._own: dict[int, BeaconSocket] = {}
        """By family; beacons are sent from these, from the shared ones where there are none."""
        self._pauses: dict[BeaconSocket, asyncio.TimerHandle] = {}
        """Of those that the loop does not watch: when they are read again."""
        self._gates: dict[BeaconSocket, Floodgate] = {}
        self._lifts: dict[BeaconSocket, asyncio.TimerHandle] = {}
        self._names: dict[int, str] = {}
        self._addresses: dict[str, tuple[str, int]] = {}
        self._failing: set[tuple[str, Mode]] = set()

    @property
    def overrun(self) -> int:
        """Datagrams that came while a buffer was full."""
        return sum(udp.overrun for udp in (*self._shared.values(), *self._own.values()))

    def use(self, routes: tuple[Route, ...]) -> None:
        """Serve these routes from now on; must be called in a running loop.

        Raises:
            ResourceError: a port cannot be shared.
        """
        for family in dict.fromkeys(_family(route) for route in routes):
            if family not in self._shared:
                self._open(family)
        interfaces = [route.interface for route in routes]
        self._names = {one.index: one.name for one in interfaces}
        self._addresses = {one.address: (one.name, one.index) for one in interfaces}
        for udp in self._shared.values():
            try:
                udp.listen(routes)
            except OSError as error:
                _logger.warning("beacon: a multicast group cannot be joined: %s", error.strerror or error)

    def close(self) -> None:
        """Close the sockets."""
        loop = asyncio.get_running_loop()
        for udp in (*self._shared.values(), *self._own.values()):
            loop.remove_reader(udp.fileno())
            for timers in (self._pauses, self._lifts):
                if udp in timers:
                    timers.pop(udp).cancel()
            udp.close()
        self._gates.clear()
        self._shared.clear()
        self._own.clear()

    def send(self, datagram: bytes, route: Route) -> bool:
        """Send, and return whether the kernel took it; a refusal is logged once until it passes."""
        key = (route.interface.name, route.mode)
        family = _family(route)
        try:
            (self._own or self._shared)[family].send(datagram, route)
        except OSError as error:
            if key not in self._failing:
                self._failing.add(key)
                # The kernel refuses a link-local address until it made sure that nobody else has it.
                _logger.log(
                    logging.INFO if route.mode is Mode.MULTICAST_V6 else logging.WARNING,
                    "beacon (%s) on %s: %s; trying on",
                    route.mode.value,
                    route.interface.name,
                    error.strerror or error,
                )
            return False
        self._failing.discard(key)
        return True

    def answer(self, datagram: bytes, place: Place) -> bool:
        """Send to one program, and return whether the kernel took it."""
        udp = self._own.get(6 if ":" in place.host else 4)
        if udp is None:
            return False
        try:
            udp.send_to(datagram, place.host, place.port, place.index)
        except OSError as error:
            _logger.debug("beacon: answering %s: %s", place.host, error)
            return False
        return True

    def _open(self, family: int) -> None:
        self._shared[family] = self._read(_socket(family, self._port, own=False))
        if self._answerable:
            self._own[family] = self._read(_socket(family, self._port, own=True))

    def _read(self, udp: BeaconSocket) -> BeaconSocket:
        asyncio.get_running_loop().add_reader(udp.fileno(), self._readable, udp)
        return udp

    def _readable(self, udp: BeaconSocket) -> None:
        """Take what has arrived, within bounds, and settle when to look again."""
        pause = _FLOOD_PAUSE
        try:
            if self._take(udp):
                pause = self._patience() if udp in self._shared.values() else 0.0
            self._after_batch()
        finally:
            if pause:
                self._look_later(udp, pause)
            elif udp in self._pauses:
                del self._pauses[udp]
                self._read(udp)

    def _take(self, udp: BeaconSocket) -> bool:
        """Take datagrams; return whether those were all."""
        sources: list[str] = []
        for _ in range(_DATAGRAMS_PER_WAKEUP):
            try:
                datagram = udp.receive()
            except OSError as error:
                _logger.debug("beacon: receiving: %s", error)
                continue
            if datagram is None:
                return True
            sources.append(datagram.source)
            place = self._place(datagram)
            if place is not None:
                self._on_datagram(datagram, place)
        self._watch_flood(udp, sources)
        return False

    def _place(self, datagram: Datagram) -> Place | None:
        """Return where a datagram came from, or None when it came on an interface that is not in use."""
        source, index = datagram.source, datagram.index
        name = self._names.get(index)
        if name is not None:
            return Place(source, datagram.port, name, index)
        # What another node of this host answers comes by the loopback, whatever address it says.
        local = self._addresses.get(source)
        return None if local is None else Place(source, datagram.port, *local)

    def _look_later(self, udp: BeaconSocket, pause: float) -> None:
        """Stop reading for a moment; the kernel drops what its buffer cannot hold."""
        loop = asyncio.get_running_loop()
        if udp not in self._pauses:
            loop.remove_reader(udp.fileno())
        self._pauses[udp] = loop.call_later(pause, self._readable, udp)

    def _watch_flood(self, udp: BeaconSocket, sources: list[str]) -> None:
        """Take note of who sent what filled a wake-up."""
        loop = asyncio.get_running_loop()
        if udp not in self._gates:
            from .floodgate import Floodgate

            self._gates[udp] = Floodgate()
        for source in self._gates[udp].full(sources, loop.time(), udp.overrun):
            _logger.warning("beacon: %s floods the port; most of what it sends is dropped", source)
            self._shut(udp)

    def _shut(self, udp: BeaconSocket) -> None:
        """Keep out who floods now, until that is to be looked at anew."""
        gate = self._gates[udp]
        gate.lift(asyncio.get_running_loop().time())
        udp.shut_out(list(gate.noisy))
        if udp in self._lifts:
            self._lifts.pop(udp).cancel()
        if gate.noisy:
            self._lifts[udp] = asyncio.get_running_loop().call_at(gate.lifts_at, self._shut, udp)


def _socket(family: int, port: int, *, own: bool) -> BeaconSocket:
    if family == 4:
        return Ipv4Socket(port, own=own)
    from .ipv6 import Ipv6Socket

    return Ipv6Socket(port, own=own)


def _family(route: Route) -> int:
    return 6 if route.mode is Mode.MULTICAST_V6 else 4
