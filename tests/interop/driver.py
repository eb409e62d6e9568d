"""Drive a program that answers JSON lines, from asyncio."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.lan import Host, Program, ProgramFailed
from tests.lan.host import environment

__all__ = ["PEERS", "Driver", "PeerError"]

PEERS = Path(__file__).with_name("peers")


class PeerError(Exception):
    """A foreign program refused a request; `errno` is its own error number, if it had one."""

    def __init__(self, text: str, errno: int | None) -> None:
        super().__init__(text)
        self.errno = errno


class Driver:
    """Requests go out with a number and come back with it; lines without a number are events."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read(), name="read a foreign program")

    @classmethod
    async def launch(cls, argv: Sequence[str], host: Host | None = None) -> Driver:
        """Start a program on a host of a LAN, or beside the test."""
        if host is not None:
            return cls(await host.start(argv))
        return cls(await Program.start([], argv, environment()))

    async def ask(self, op: str, *, patience: float = 10.0, **arguments: Any) -> Any:
        """Send a request and return what the program made of it.

        Args:
            op: name of the request.
            patience: how long the program may take. Seconds.
            arguments: of the request; values that JSON can carry.

        Raises:
            TimeoutError: the program had to wait for something that did not come.
            PeerError: it could not do it.
        """
        number = next(self._numbers)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self.program.write_json({"id": number, "op": op, **arguments})
            async with asyncio.timeout(patience):
                reply: dict[str, Any] = await future
        finally:
            del self._waiting[number]
        if "error" not in reply:
            return reply["ok"]
        if reply["error"].startswith("TimeoutError"):
            raise TimeoutError(reply["error"])
        raise PeerError(reply["error"], reply["errno"])

    async def close(self) -> None:
        """End the program."""
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
        await self.program.close()

    async def _read(self) -> None:
        try:
            while True:
                line = json.loads(await self.program.readline(timeout=3600))
                if "id" not in line:
                    self.events.put_nowait(line)
                elif (future := self._waiting.get(line["id"])) is not None and not future.done():
                    future.set_result(line)
        except ProgramFailed as error:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(error)
