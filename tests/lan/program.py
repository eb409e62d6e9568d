"""A program that runs on a host, its output read line by line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

__all__ = ["Completed", "Program", "ProgramFailed"]

_LINE_LIMIT = 1 << 24
"""Longest line that can be read. Bytes."""


class ProgramFailed(AssertionError):
    """A program ended where it should not have, or failed; the text holds what it wrote to standard error."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left behind."""

    status: int
    """Exit status; negative for a signal."""
    output: str
    errors: str


class Program:
    """A running program. Made by `Host.start`; killed when its LAN closes."""

    def __init__(self, argv: Sequence[str], process: asyncio.subprocess.Process, errors: Any) -> None:
        self.argv = tuple(argv)
        self._process = process
        self._errors = errors

    @classmethod
    async def start(cls, prefix: Sequence[str], argv: Sequence[str], env: Mapping[str, str]) -> Program:
        """Start `argv` behind a prefix that execs it; it leads a process group of its own."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close(); a file never blocks the writer
        process = await asyncio.create_subprocess_exec(
            *prefix,
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=env,
            limit=_LINE_LIMIT,
            start_new_session=True,
        )
        return cls(argv, process, errors)

    @property
    def pid(self) -> int:
        """The program's own process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Exit status, None while it runs."""
        return self._process.returncode

    def errors(self) -> str:
        """Return what it wrote to standard error so far, nothing after `close`."""
        if self._errors.closed:
            return ""
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), size, 0).decode(errors="replace")

    async def readline(self, timeout: float = 10.0) -> str:
        """Return the next line of its output, without the line's end.

        Raises:
            TimeoutError: no line came within `timeout` seconds.
            ProgramFailed: its output ended.
        """
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(timeout):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise TimeoutError(self._story(f"printed no line within {timeout} s")) from None
        if not line:
            await self._process.wait()
            raise ProgramFailed(self._story(f"ended with status {self.status}"))
        return line.decode().rstrip("\n")

    async def read_until(self, text: str, timeout: float = 10.0) -> str:
        """Return the next line that contains `text`, dropping those before it."""
        async with asyncio.timeout(timeout):
            while True:
                line = await self.readline(timeout)
                if text in line:
                    return line

    async def read_json(self, timeout: float = 10.0, **wanted: object) -> dict[str, Any]:
        """Return the next JSON line whose members equal `wanted`, dropping those before it."""
        async with asyncio.timeout(timeout):
            while True:
                value: dict[str, Any] = json.loads(await self.readline(timeout))
                if all(value.get(key) == item for key, item in wanted.items()):
                    return value

    async def write(self, text: str) -> None:
        """Write to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        await self._process.stdin.drain()

    async def write_json(self, value: object) -> None:
        """Write a JSON line to its standard input."""
        await self.write(json.dumps(value) + "\n")

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        self._process.send_signal(number)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._process.terminate()

    def kill(self) -> None:
        """End it and its children without asking (SIGKILL)."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def wait(self, timeout: float = 10.0) -> int:
        """Wait until it ended by itself and return its status; its output stays readable.

        Raises:
            TimeoutError: it still runs after `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self._process.wait()
        except TimeoutError:
            raise TimeoutError(self._story(f"did not end within {timeout} s")) from None

    async def finish(self, timeout: float = 30.0, input: str = "") -> Completed:
        """Give it `input`, close its standard input, and wait for its end.

        Raises:
            TimeoutError: it still runs after `timeout` seconds; it is killed.
        """
        try:
            async with asyncio.timeout(timeout):
                output, _ = await self._process.communicate(input.encode())
        except TimeoutError:
            self.kill()
            raise TimeoutError(self._story(f"did not end within {timeout} s")) from None
        assert self._process.returncode is not None
        return Completed(self._process.returncode, output.decode(errors="replace"), self.errors())

    async def close(self) -> None:
        """Kill what is left of it and let its pipes go, even those that a child of it still holds."""
        self.kill()
        await self._process.wait()
        self._process._transport.close()  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        self._errors.close()

    def _story(self, what: str) -> str:
        return f"{' '.join(self.argv)}: {what}\n{self.errors()}"
