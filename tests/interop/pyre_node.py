"""A pyre node as a counterpart: ZRE version 2 as PyPI's zeromq-pyre speaks it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from tests.lan import Host

from .driver import PEERS, Driver

__all__ = ["PyreNode"]


class PyreNode:
    """A node in a process of its own. Made by the `pyre` fixture. UUIDs are 32 hex digits."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.uuid = ""

    @classmethod
    async def launch(
        cls, name: str, host: Host | None = None, headers: Mapping[str, str] | None = None
    ) -> PyreNode:
        """Prepare a node on a host of a LAN or beside the test; it is silent until `start`."""
        pairs = [f"{key}={value}" for key, value in (headers or {}).items()]
        command = [sys.executable, "-W", "ignore", str(PEERS / "pyre_peer.py"), name, *pairs]
        return cls(await Driver.launch(command, host))

    async def start(self) -> None:
        """Go on the network."""
        self.uuid = await self.driver.ask("start")

    async def stop(self) -> None:
        """Say goodbye."""
        await self.driver.ask("stop")

    async def join(self, group: str) -> None:
        """Join a group."""
        await self.driver.ask("join", group=group)

    async def leave(self, group: str) -> None:
        """Leave a group."""
        await self.driver.ask("leave", group=group)

    async def shout(self, group: str, *frames: bytes) -> None:
        """Send to a group."""
        await self.driver.ask("shout", group=group, frames=[frame.decode("latin-1") for frame in frames])

    async def whisper(self, uuid: str, *frames: bytes) -> None:
        """Send to one peer."""
        await self.driver.ask("whisper", uuid=uuid, frames=[frame.decode("latin-1") for frame in frames])

    async def peers(self) -> list[str]:
        """Return the peers it knows."""
        answer: list[str] = await self.driver.ask("peers")
        return answer

    async def peer_headers(self, uuid: str) -> dict[str, str]:
        """Return the headers of a peer."""
        answer: dict[str, str] = await self.driver.ask("peer_headers", uuid=uuid)
        return answer

    async def wait_event(self, event: str, timeout: float = 10.0, **wanted: object) -> dict[str, Any]:
        """Return the next event of that kind whose members equal `wanted`, dropping those before it.

        Members: `event` (ENTER, JOIN, LEAVE, EXIT, WHISPER, SHOUT, EVASIVE), `uuid`, `name`, `rest` (further
        frames as latin-1 text; of ENTER: headers as a dict, then the endpoint), `at` (Unix time).
        """
        async with asyncio.timeout(timeout):
            while True:
                found = await self.driver.events.get()
                if found["event"] == event and all(found[key] == value for key, value in wanted.items()):
                    return found

    async def close(self) -> None:
        """End the process."""
        await self.driver.close()
