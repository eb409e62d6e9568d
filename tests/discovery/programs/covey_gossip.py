"""Discover by gossip: `covey_gossip.py UUID PORT [--bind ENDPOINT] [--connect ENDPOINT ...]`.

Prints `{"hub": endpoint}` once at work, then `{"uuid", "endpoint"}` per sighting, until standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from uuid import UUID

from covey.discovery.gossip import GossipNetwork, GossipSource
from covey.discovery.sighting import Announcement, Sighting


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def heard(sighting: Sighting) -> None:
    say({"uuid": str(sighting.uuid), "endpoint": sighting.endpoint})


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("uuid", type=UUID)
    parser.add_argument("port", type=int)
    parser.add_argument("--bind", default="")
    parser.add_argument("--connect", nargs="*", default=[])
    arguments = parser.parse_args()
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, over.set)
    announcement = Announcement(arguments.uuid, arguments.port)
    network = GossipNetwork(tuple(arguments.connect), arguments.bind)
    async with GossipSource(announcement, heard, network) as source:
        say({"hub": source.endpoint})
        await over.wait()


asyncio.run(main())
