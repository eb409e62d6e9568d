"""Announce with covey's beacon and print what is heard: `covey_beacon.py UUID PORT [INTERFACE ...]`.

Prints `{"ready": [interfaces]}` once the first beacon is out, then `{"uuid", "endpoint", "interface"}` per
sighting. Ends, with its goodbye, when standard input closes; prints its statistics last.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from uuid import UUID

from covey.discovery.beacon import BeaconService
from covey.discovery.sighting import Announcement, Sighting


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def heard(sighting: Sighting) -> None:
    say({"uuid": str(sighting.uuid), "endpoint": sighting.endpoint, "interface": sighting.interface})


async def main(uuid: str, port: str, *interfaces: str) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(sys.stdin, over.set)
    async with BeaconService(Announcement(UUID(uuid), int(port)), heard, interfaces=interfaces) as service:
        say({"ready": [interface.name for interface in service.interfaces]})
        await over.wait()
    say({"statistics": dataclasses.asdict(service.statistics())})


asyncio.run(main(*sys.argv[1:]))
