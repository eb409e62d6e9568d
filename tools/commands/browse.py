"""`covey browse`: the services of the LAN, as mDNS announces them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from covey.tools.advice import printable
from covey.tools.options import json_option, wait_option
from covey.tools.output import data_text, write_json, write_line
from covey.tools.signals import run_interruptible

if TYPE_CHECKING:
    from covey.discovery.mdns.service import Service

__all__ = ["command", "service_fields", "service_line"]


@click.command(short_help="List services that mDNS announces on the LAN.")
@click.argument("service_type", metavar="[TYPE]", required=False)
@click.option("--interface", "interfaces", metavar="NAME", multiple=True, help="Where to look; repeatable.")
@click.option("--follow", is_flag=True, help="Stay, and print what is found, changes and is lost.")
@wait_option("How long to look.")
@json_option
def command(
    service_type: str | None, interfaces: tuple[str, ...], wait: float, *, follow: bool, as_json: bool
) -> int:
    """List the services of TYPE (like _http._tcp), or the types that there are when none is given.

    Between tabs: name, host, port, addresses, properties.
    """
    if service_type is None:
        if follow:
            raise click.UsageError("--follow goes with a TYPE")
        return run_interruptible(lambda: _list_types(interfaces, wait, as_json=as_json))
    if follow:
        return run_interruptible(lambda: _follow(service_type, interfaces, as_json=as_json), stopped=0)
    return run_interruptible(lambda: _list(service_type, interfaces, wait, as_json=as_json))


async def _list_types(interfaces: tuple[str, ...], wait: float, *, as_json: bool) -> int:
    from covey.discovery.mdns import service_types

    for found in await service_types(wait, interfaces=interfaces):
        if as_json:
            write_json({"type": found})
        else:
            write_line(printable(found))
    return 0


async def _list(service_type: str, interfaces: tuple[str, ...], wait: float, *, as_json: bool) -> int:
    from covey.discovery.mdns import browse

    async with browse(service_type, interfaces=interfaces) as browser:
        await asyncio.sleep(wait)
        services = sorted(browser.services, key=lambda each: each.name)
    for service in services:
        if as_json:
            write_json(service_fields(service))
        else:
            write_line(service_line(service))
    if not services and not as_json:
        click.echo(f"covey: no {service_type} was found", err=True)
    return 0


async def _follow(service_type: str, interfaces: tuple[str, ...], *, as_json: bool) -> int:
    from covey.discovery.mdns import browse

    async with browse(service_type, interfaces=interfaces) as events:
        async for event in events:
            if as_json:
                write_json({"event": event.kind.value, **service_fields(event.service)})
            else:
                write_line(f"{event.kind.value}\t{service_line(event.service)}")
    return 0


def service_fields(service: Service) -> dict[str, object]:
    """Return a service as JSON can hold it; octets of properties that are no UTF-8 are escaped."""
    return {
        "name": service.name,
        "type": service.type,
        "host": service.host,
        "port": service.port,
        "addresses": list(service.addresses),
        "properties": {
            key: value.decode("utf-8", "backslashreplace") for key, value in service.properties.items()
        },
    }


def service_line(service: Service) -> str:
    """Return a service as fields between tabs."""
    properties = " ".join(f"{key}={data_text(value)}" for key, value in service.properties.items())
    cells = (service.name, service.host, str(service.port), " ".join(service.addresses), properties)
    return "\t".join(printable(cell) for cell in cells)
