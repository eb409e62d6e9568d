"""Make a service known on the LAN."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from covey.errors import OptionError
from covey.values import replace

from ..interface_table import Interface
from ..interfaces import usable_interfaces
from .service import Service, full_type, short_name
from .zone import close_zone, open_zone, service_info

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

__all__ = ["Advertisement", "advertise", "own_host_name", "register", "update"]

_HOST_OCTETS = 4


def advertise(
    name: str,
    service_type: str,
    port: int,
    *,
    properties: Mapping[str, str | bytes] | None = None,
    interfaces: Sequence[str] = (),
) -> Advertisement:
    """Return a context in which a service of this host is announced.

    Args:
        name: for people; another one is taken when it is taken already (`name-2`).
        service_type: `_http._tcp`.
        port: where it listens.
        properties: the TXT record.
        interfaces: names or addresses; empty for every sensible one.

    Raises:
        OptionError: something DNS-SD cannot carry.
    """
    values = {
        key: value.encode() if isinstance(value, str) else value for key, value in (properties or {}).items()
    }
    return Advertisement(Service(name, service_type, port, properties=values), interfaces)


class Advertisement:
    """A service that is announced while the context lasts; leaving it says goodbye.

    Raises:
        InterfaceError: on entering: no such interface, or none to use.
        ResourceError: on entering: the port of mDNS cannot be shared.
        OptionError: on entering: the network has too many services of this name.
    """

    def __init__(self, service: Service, interfaces: Sequence[str] = ()) -> None:
        self._service = service
        self._pins = tuple(interfaces)
        self._zone: AsyncZeroconf | None = None

    @property
    def service(self) -> Service:
        """What is announced, under the name that it got."""
        return self._service

    async def __aenter__(self) -> Self:
        """Ask whether the name is free and announce; takes about a second."""
        interfaces = usable_interfaces(self._pins)
        zone = await open_zone(interfaces)
        try:
            self._service = await register(zone, self._service, interfaces)
        except BaseException:
            await close_zone(zone)
            raise
        self._zone = zone
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye."""
        if self._zone is not None:
            zone, self._zone = self._zone, None
            await close_zone(zone)


async def register(zone: AsyncZeroconf, service: Service, interfaces: Sequence[Interface]) -> Service:
    """Announce a service of this host, renaming it when its name is taken; return it as announced.

    Raises:
        OptionError: no free name was found.
    """
    from zeroconf import Error

    full = full_type(service.type)
    host = service.host or own_host_name()
    addresses = tuple(dict.fromkeys(interface.address for interface in interfaces))
    info = service_info(service, full, addresses, host)
    try:
        sent = await zone.async_register_service(info, allow_name_change=True)
        await sent
    except Error as error:
        raise OptionError("name", f"{service.name!r} cannot be registered: {type(error).__name__}") from error
    return replace(service, name=short_name(info.name, full), host=host, addresses=addresses)


async def update(zone: AsyncZeroconf, service: Service, interfaces: Sequence[Interface]) -> None:
    """Announce what changed of a service that was registered: its properties, or the host's addresses."""
    addresses = tuple(dict.fromkeys(interface.address for interface in interfaces))
    sent = await zone.async_update_service(
        service_info(service, full_type(service.type), addresses, service.host)
    )
    await sent


def own_host_name() -> str:
    """Return a host name that nobody else has.

    Not the machine's own: its address records belong to the machine's responder (Avahi), which would
    see a conflict wherever the two of us disagree on the addresses.
    """
    return f"covey-{os.urandom(_HOST_OCTETS).hex()}.local."
