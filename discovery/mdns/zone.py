"""The zeroconf package at the border: opened on our choice of interfaces, its errors made ours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from covey.errors import ResourceError

from ..interface_table import Interface

if TYPE_CHECKING:
    from zeroconf import IPVersion
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    from .service import Service

__all__ = ["close_zone", "open_zone", "service_info", "update_zone"]


async def open_zone(interfaces: Sequence[Interface]) -> AsyncZeroconf:
    """Return a responder and querier on these interfaces.

    Raises:
        ResourceError: the port of mDNS (UDP 5353) cannot be shared, or an address is gone.
    """
    await asyncio.to_thread(_load)
    from zeroconf.asyncio import AsyncZeroconf

    try:
        return AsyncZeroconf(interfaces=_names(interfaces), ip_version=_version(interfaces))
    except OSError as error:
        raise ResourceError("mDNS (UDP port 5353)", error.strerror or str(error), error.errno) from error


async def update_zone(zone: AsyncZeroconf, interfaces: Sequence[Interface]) -> None:
    """Move to these interfaces, announcing on new ones what is registered."""
    await zone.async_update_interfaces(interfaces=_names(interfaces), ip_version=_version(interfaces))


async def close_zone(zone: AsyncZeroconf) -> None:
    """Say goodbye for everything registered and close; takes about 0.3 s when there is something."""
    await zone.async_close()


def service_info(service: Service, full: str, addresses: Sequence[str], host: str) -> AsyncServiceInfo:
    """Return what zeroconf registers for a service."""
    from zeroconf.asyncio import AsyncServiceInfo

    return AsyncServiceInfo(
        full,
        f"{service.name}.{full}",
        port=service.port,
        properties=dict(service.properties),
        server=host,
        parsed_addresses=[address.partition("%")[0] for address in addresses],
    )


def _load() -> None:
    """Import the package outside of the event loop's thread: it takes tens of milliseconds."""
    import zeroconf.asyncio  # noqa: F401


def _names(interfaces: Sequence[Interface]) -> list[str | int | tuple[tuple[str, int, int], int]]:
    """Return addresses for IPv4, indexes for IPv6."""
    return [one.address if one.family == 4 else one.index for one in interfaces]


def _version(interfaces: Sequence[Interface]) -> IPVersion:
    from zeroconf import IPVersion

    families = {interface.family for interface in interfaces}
    if families == {4}:
        return IPVersion.V4Only
    return IPVersion.V6Only if families == {6} else IPVersion.All
