"""Numbered messages from PUSH to PULL, with calls that are cancelled and connections that come and go.

The sender counts a message as sent when `send` returned, and sends it again when `send` was cancelled; the
receiver counts what a call returned before it was cancelled. So a message that a cancelled call took along
is missing, and one that it queued all the same comes twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from covey.messaging import Pull, Push
from covey.messaging.events import Disconnected
from tests.messaging.helpers import PATIENCE, soon

__all__ = ["Delivery", "body_of", "number_of"]

_NUMBER_SIZE = 8
_FILLERS = [bytes(size) for size in (0, 5, 24, 24, 24, 24, 24, 24, 24, 24, 240, 248, 249, 1000, 24, 24)]
_LARGE = bytes(40_000)
_LARGE_EVERY = 5003
_BURST = 1500
_REDIAL = 0.08
_TURNS = 4  # turns of the loop at most until a call is cancelled


def body_of(number: int) -> bytes:
    """Return the message of that number; sizes change, in runs and without."""
    filler = _LARGE if number % _LARGE_EVERY == 0 else _FILLERS[number * 7 // 16 % len(_FILLERS)]
    return number.to_bytes(_NUMBER_SIZE) + filler


def number_of(body: bytes) -> int:
    """Return the number of a message.

    Raises:
        AssertionError: it is not the message of that number.
    """
    number = int.from_bytes(body[:_NUMBER_SIZE])
    filler = _LARGE if number % _LARGE_EVERY == 0 else _FILLERS[number * 7 // 16 % len(_FILLERS)]
    assert len(body) == _NUMBER_SIZE + len(filler), f"message {number} of {len(body)} octets"
    return number


@dataclass
class Delivery:
    """One stream of messages and what became of it.

    Args:
        push: sends.
        pull: receives.
        count: how many.
        rng: decides who is cancelled when.
        dialling: the one of the two that connects; it disconnects and connects again when nothing is under way.
        endpoint: where to.
    """

    push: Push
    pull: Pull
    count: int
    rng: random.Random
    dialling: Push | Pull
    endpoint: str
    sent: int = 0
    expected: int = 0
    cancelled: int = 0
    redials: int = 0
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Send and receive everything."""
        await self.dialling.connect(self.endpoint)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_all(), name="send")
            group.create_task(self._receive_all(), name="receive")

    # -- sending ------------------------------------------------------------------------------------------

    async def _send_all(self) -> None:
        while self.sent < self.count:
            until = min(self.count, self.sent + self.rng.randrange(1, _BURST))
            while self.sent < until:
                await self._interrupt(self.rng.choice((self._send_some, self._send_batch))(until))
            if self.rng.random() < _REDIAL:
                await self._until_idle()
                await self._redial()

    async def _send_some(self, until: int) -> None:
        while self.sent < until:
            await self.push.send(body_of(self.sent))
            self.sent += 1

    async def _send_batch(self, until: int) -> None:
        # A cancelled send_many has queued all but what it took last.
        asked = self.sent

        def bodies() -> Iterator[bytes]:
            nonlocal asked
            for number in range(self.sent, until):
                asked = number
                yield body_of(number)
            asked = until

        try:
            await self.push.send_many(bodies())
        finally:
            self.sent = asked

    async def _until_idle(self) -> None:
        while self.expected < self.sent:
            self._progress.clear()
            await soon(self._progress.wait())

    async def _redial(self) -> None:
        """Disconnect, and connect again when the other end has noticed: what it sends before is under way."""
        events = (self.pull if self.dialling is self.push else self.push).events()
        await self.dialling.disconnect(self.endpoint)
        async with asyncio.timeout(PATIENCE):
            async for event in events:
                if isinstance(event, Disconnected):
                    break
        await self.dialling.connect(self.endpoint)
        self.redials += 1

    # -- receiving ----------------------------------------------------------------------------------------

    async def _receive_all(self) -> None:
        ways = (self._receive_singly, self._receive_frames, self._receive_batches)
        while self.expected < self.count:
            await self._interrupt(self.rng.choice(ways)(self.rng.randrange(1, _BURST)))

    async def _receive_singly(self, limit: int) -> None:
        for _ in range(min(limit, self.count - self.expected)):
            self._take(await self.pull.recv())

    async def _receive_frames(self, limit: int) -> None:
        for _ in range(min(limit, self.count - self.expected)):
            (body,) = await self.pull.recv_multipart()
            self._take(body)

    async def _receive_batches(self, limit: int) -> None:
        for body in await self.pull.recv_many(limit):
            assert isinstance(body, bytes)
            self._take(body)

    def _take(self, body: bytes) -> None:
        number = number_of(body)
        assert number == self.expected, f"message {number} came where {self.expected} was due"
        self.expected += 1
        self._progress.set()

    # -- cancelling ---------------------------------------------------------------------------------------

    async def _interrupt(self, call: Coroutine[Any, Any, None]) -> None:
        """Run a call, and every other time cancel it after some turns of the loop."""
        task = asyncio.create_task(call)
        if self.rng.random() < 0.5:
            for _ in range(self.rng.randrange(_TURNS)):
                await asyncio.sleep(0)
            if task.cancel():
                self.cancelled += 1
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
