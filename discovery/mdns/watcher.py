"""Watches one type of service on an open zone and resolves what it meets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from covey.errors import OptionError

from .service import Service, ServiceEvent, ServiceEventKind, short_name, short_type

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

__all__ = ["ServiceWatcher"]

_SERVICES_KEPT = 4096
"""Instances remembered; further ones are not reported until others went."""
_RESOLVING = 256
"""Instances asked about at the same time; further ones wait for their next announcement."""
_PATIENCE = 3000
"""Milliseconds that an instance has to tell its port and addresses."""


class ServiceWatcher:
    """Calls `on_event` in the loop's thread for every service of a type that comes, changes or goes."""

    def __init__(self, zone: AsyncZeroconf, full: str, on_event: Callable[[ServiceEvent], None]) -> None:
        self._zone = zone
        self._full = full
        self._on_event = on_event
        self._known: dict[str, Service] = {}
        self._resolving: dict[str, asyncio.Task[None]] = {}
        self._browser: AsyncServiceBrowser | None = None

    @property
    def services(self) -> list[Service]:
        """What is there now, as far as heard."""
        return list(self._known.values())

    async def __aenter__(self) -> Self:
        """Start asking."""
        from zeroconf.asyncio import AsyncServiceBrowser

        self._browser = AsyncServiceBrowser(self._zone.zeroconf, self._full, handlers=[self._changed])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop asking; no call comes after this."""
        if self._browser is not None:
            await self._browser.async_cancel()
        tasks = list(self._resolving.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        """Take zeroconf's word; it names its arguments when it calls."""
        from zeroconf import ServiceStateChange as Change

        if state_change is Change.Removed:
            if (task := self._resolving.pop(name, None)) is not None:
                task.cancel()
            if (gone := self._known.pop(name, None)) is not None:
                self._on_event(ServiceEvent(ServiceEventKind.LOST, gone))
        elif name not in self._resolving and len(self._resolving) < _RESOLVING:
            task = asyncio.get_running_loop().create_task(
                self._resolve(zeroconf, name), name=f"resolve {name}"
            )
            self._resolving[name] = task
            task.add_done_callback(lambda done: self._resolved(name, done))

    def _resolved(self, name: str, task: asyncio.Task[None]) -> None:
        if self._resolving.get(name) is task:
            del self._resolving[name]

    async def _resolve(self, zeroconf: Zeroconf, name: str) -> None:
        """Ask until the instance is complete; one that never is, is not reported."""
        from zeroconf.asyncio import AsyncServiceInfo

        info = AsyncServiceInfo(self._full, name)
        if not await info.async_request(zeroconf, _PATIENCE):
            return
        service = _service(info, name, self._full)
        known = self._known.get(name)
        if service is None or service == known or (known is None and len(self._known) >= _SERVICES_KEPT):
            return
        self._known[name] = service
        kind = ServiceEventKind.FOUND if known is None else ServiceEventKind.CHANGED
        self._on_event(ServiceEvent(kind, service))


def _service(info: AsyncServiceInfo, name: str, full: str) -> Service | None:
    """Return our value of theirs, or None when it says what DNS-SD does not allow."""
    properties = {
        key.decode("ascii", "replace"): value or b"" for key, value in info.properties.items() if key
    }
    try:
        return Service(
            name=short_name(name, full),
            type=short_type(full),
            port=info.port or 0,
            host=info.server or "",
            addresses=tuple(info.parsed_scoped_addresses()),
            properties=properties,
        )
    except OptionError:
        return None
