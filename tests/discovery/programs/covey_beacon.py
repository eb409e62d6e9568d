"""Announce with covey's beacon and print what is heard: `covey_beacon.py UUID PORT [MODES [INTERFACE ...]]`.

MODES are values of `Mode` joined by commas, or "auto".

Prints `{"ready": [interfaces]}` once the first beacon is out, then `{"uuid", "endpoint", "interface"}` per
sighting. Ends, with its goodbye, when standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from uuid import UUID

from covey.discovery.beacon import BeaconService
from covey.discovery.beacon.routes import Mode
from covey.discovery.sighting import Announcement, Sighting


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def heard(sighting: Sighting) -> None:
    say({"uuid": str(sighting.uuid), "endpoint": sighting.endpoint, "interface": sighting.interface})


async def main(uuid: str, port: str, modes: str = "auto", *interfaces: str) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(sys.stdin, over.set)
    wanted = None if modes == "auto" else [Mode(mode) for mode in modes.split(",")]
    announcement = Announcement(UUID(uuid), int(port))
    async with BeaconService(announcement, heard, interfaces=interfaces, modes=wanted) as service:
        say({"ready": [interface.name for interface in service.interfaces]})
        await over.wait()


asyncio.run(main(*sys.argv[1:]))
