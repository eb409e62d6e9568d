"""See the services of the LAN come, change and go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..interfaces import usable_interfaces
from .service import Service, ServiceEvent, full_type, short_type
from .watcher import ServiceWatcher
from .zone import close_zone, open_zone

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

__all__ = ["Browser", "browse", "service_types"]

_EVENTS_KEPT = 4096
"""Events of a consumer that does not come for them; the oldest are dropped, `services` stays right."""


def browse(service_type: str, *, interfaces: Sequence[str] = ()) -> Browser:
    """Return a context that is an iterator of what happens to services of a type.

    Args:
        service_type: `_http._tcp`.
        interfaces: names or addresses; empty for every sensible one.

    Raises:
        OptionError: it is no service type.
    """
    return Browser(service_type, interfaces)


class Browser:
    """The services of one type: `async with browse("_http._tcp") as events: async for event in events`.

    Raises:
        InterfaceError: on entering: no such interface, or none to use.
        ResourceError: on entering: the port of mDNS cannot be shared.
    """

    def __init__(self, service_type: str, interfaces: Sequence[str] = ()) -> None:
        self._full = full_type(service_type)
        self._pins = tuple(interfaces)
        self._events: deque[ServiceEvent] = deque(maxlen=_EVENTS_KEPT)
        self._news = asyncio.Event()
        self._zone: AsyncZeroconf | None = None
        self._watcher: ServiceWatcher | None = None

    @property
    def services(self) -> list[Service]:
        """What is there now, as far as heard."""
        return self._watcher.services if self._watcher is not None else []

    async def __aenter__(self) -> Self:
        """Start asking."""
        self._zone = await open_zone(usable_interfaces(self._pins))
        self._watcher = ServiceWatcher(self._zone, self._full, self._put)
        await self._watcher.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop asking."""
        if self._watcher is not None:
            await self._watcher.__aexit__(kind, error, trace)
        if self._zone is not None:
            zone, self._zone = self._zone, None
            await close_zone(zone)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ServiceEvent:
        """Return the next event. Cancel: nothing is lost."""
        while not self._events:
            self._news.clear()
            await self._news.wait()
        return self._events.popleft()

    def _put(self, event: ServiceEvent) -> None:
        self._events.append(event)
        self._news.set()


async def service_types(wait: float = 2.0, *, interfaces: Sequence[str] = ()) -> list[str]:
    """Return the types of which the LAN has services: `["_http._tcp", "_ipp._tcp"]`.

    Args:
        wait: how long to listen. Seconds.
        interfaces: names or addresses; empty for every sensible one.

    Raises:
        InterfaceError: no such interface, or none to use.
        ResourceError: the port of mDNS cannot be shared.
    """
    zone = await open_zone(usable_interfaces(interfaces))
    try:
        from zeroconf.asyncio import AsyncZeroconfServiceTypes

        found = await AsyncZeroconfServiceTypes.async_find(zone, timeout=wait)
    finally:
        await close_zone(zone)
    return sorted(short_type(full) for full in found)
