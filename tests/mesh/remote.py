"""A covey node in a process of its own, as tests drive it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.interop.driver import Driver
from tests.lan import Host

__all__ = ["RemoteNode"]

_PROGRAM = Path(__file__).with_name("node_process.py")


class RemoteNode:
    """Made by `launch`; `uuid` are 32 hex digits."""

    def __init__(self, driver: Driver, uuid: str, topics_port: int) -> None:
        self.driver = driver
        self.uuid = uuid
        self.topics_port = topics_port

    @classmethod
    async def launch(cls, name: str, host: Host | None = None, *options: str) -> RemoteNode:
        """Start a node on a host of a LAN, or beside the test, and wait until it is on the network."""
        driver = await Driver.launch([sys.executable, str(_PROGRAM), name, *options], host)
        async with asyncio.timeout(10):
            ready = await driver.events.get()
        return cls(driver, ready["uuid"], ready["topics_port"])

    async def ask(self, op: str, **members: Any) -> Any:
        """Have something done."""
        return await self.driver.ask(op, **members)

    async def wait_event(self, event: str, timeout: float = 10.0, **wanted: object) -> dict[str, Any]:
        """Return the next event of that kind whose members equal `wanted`, dropping those before it."""
        async with asyncio.timeout(timeout):
            while True:
                found = await self.driver.events.get()
                if found["event"] == event and all(found[key] == value for key, value in wanted.items()):
                    return found

    async def close(self) -> None:
        """End the process."""
        await self.driver.close()
