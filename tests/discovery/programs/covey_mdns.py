"""Discover by mDNS: `covey_mdns.py node UUID PORT` or `covey_mdns.py browse TYPE`.

A node prints `{"ready": name}` once it is registered and `{"uuid", "endpoint"}` per sighting; a browser
prints its events. Both end when standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from uuid import UUID

from covey.discovery.mdns import MdnsSource, browse
from covey.discovery.sighting import Announcement, Sighting


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def heard(sighting: Sighting) -> None:
    say({"uuid": str(sighting.uuid), "endpoint": sighting.endpoint})


async def input_over() -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, over.set)
    await over.wait()


async def node(uuid: str, port: str) -> None:
    async with MdnsSource(Announcement(UUID(uuid), int(port)), heard) as source:
        if await source.wait_started():
            say({"ready": source.statistics().name})
        await input_over()


async def show(service_type: str) -> None:
    async with browse(service_type) as events:
        async for event in events:
            service = event.service
            say(
                {
                    "kind": event.kind.value,
                    "name": service.name,
                    "port": service.port,
                    "addresses": service.addresses,
                    "properties": {key: value.decode() for key, value in service.properties.items()},
                }
            )


asyncio.run(node(*sys.argv[2:]) if sys.argv[1] == "node" else show(*sys.argv[2:]))
