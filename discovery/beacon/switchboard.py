"""The sockets of a beacon at work: opened when a route needs them, read within bounds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from .ipv4 import Ipv4Socket
from .ipv6 import Ipv6Socket
from .routes import Mode, Route
from .udp import BeaconSocket, Datagram

__all__ = ["Switchboard"]

_DATAGRAMS_PER_WAKEUP = 64
"""Then everybody else on the loop has a turn."""
_FLOOD_PAUSE = 0.002
"""Seconds without reading after a full wake-up, so that a flood cannot eat the processor."""

_logger = logging.getLogger(__name__)


class Switchboard:
    """Connects routes with the sockets that serve them.

    Args:
        port: UDP port of all sockets.
        on_datagram: takes each datagram that arrived on an interface in use, and the interface's name.
        after_batch: called when the datagrams of one wake-up were taken.
    """

    def __init__(
        self, port: int, on_datagram: Callable[[Datagram, str], None], after_batch: Callable[[], None]
    ) -> None:
        self._port = port
        self._on_datagram = on_datagram
        self._after_batch = after_batch
        self._sockets: dict[int, BeaconSocket] = {}
        self._pauses: dict[int, asyncio.TimerHandle] = {}
        self._names: dict[int, str] = {}
        self._failing: set[tuple[str, Mode]] = set()

    def use(self, routes: tuple[Route, ...]) -> None:
        """Serve these routes from now on; must be called in a running loop.

        Raises:
            ResourceError: a port cannot be shared.
        """
        for family in dict.fromkeys(_family(route) for route in routes):
            if family not in self._sockets:
                self._open(family)
        self._names = {route.interface.index: route.interface.name for route in routes}
        for udp in self._sockets.values():
            try:
                udp.listen(routes)
            except OSError as error:
                _logger.warning("beacon: a multicast group cannot be joined: %s", error.strerror or error)

    def close(self) -> None:
        """Close the sockets."""
        for family, udp in self._sockets.items():
            asyncio.get_running_loop().remove_reader(udp.fileno())
            if family in self._pauses:
                self._pauses.pop(family).cancel()
            udp.close()
        self._sockets.clear()

    def send(self, datagram: bytes, route: Route) -> bool:
        """Send, and return whether the kernel took it; a refusal is logged once until it passes."""
        key = (route.interface.name, route.mode)
        try:
            self._sockets[_family(route)].send(datagram, route)
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

    def _open(self, family: int) -> None:
        udp = Ipv4Socket(self._port) if family == 4 else Ipv6Socket(self._port)
        self._sockets[family] = udp
        asyncio.get_running_loop().add_reader(udp.fileno(), self._readable, family)

    def _readable(self, family: int) -> None:
        """Take what has arrived, within bounds."""
        udp = self._sockets[family]
        for _ in range(_DATAGRAMS_PER_WAKEUP):
            try:
                datagram = udp.receive()
            except OSError as error:
                _logger.debug("beacon: receiving: %s", error)
                continue
            if datagram is None:
                break
            name = self._names.get(datagram.index)
            if name is not None:
                self._on_datagram(datagram, name)
        else:
            self._hold_back(family)
        self._after_batch()

    def _hold_back(self, family: int) -> None:
        """Stop reading for a moment; the kernel drops what its buffer cannot hold."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._sockets[family].fileno())
        self._pauses[family] = loop.call_later(_FLOOD_PAUSE, self._resume, family)

    def _resume(self, family: int) -> None:
        del self._pauses[family]
        asyncio.get_running_loop().add_reader(self._sockets[family].fileno(), self._readable, family)


def _family(route: Route) -> int:
    return 6 if route.mode is Mode.MULTICAST_V6 else 4
