"""A member of a secret mesh that whispers numbers: `exchange.py NAME SECRET_FILE`.

It says `{"ready": PORT, "topics": PORT}`, then `{"met": NAME}` for everybody who enters. A line `NAME COUNT` makes it
whisper so many numbered messages to that peer, which answers the last one; it says how long that took. Whatever
nothing explains (a message out of order, one from elsewhere, a member lost) is in `strange`.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import covey
from covey.mesh.events import Entered, Exited, Whisper
from covey.mesh.peers import Peer

__all__: list[str] = []

_SIZE = 100
_DONE = b"that was the last one"
_TEXT = b" members only "


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def peak_memory() -> int:
    """Return the most that this program had resident, MiB; `ru_maxrss` would begin with what its parent had."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


class Member:
    """Hears whispers and counts them."""

    def __init__(self, node: covey.Node) -> None:
        self.node = node
        self.strange: list[str] = []
        self.heard = 0
        self.done = asyncio.Event()

    async def listen(self) -> None:
        async for event in self.node.events():
            match event:
                case Entered(peer=peer):
                    if peer.name not in ("a", "b", "late"):
                        self.strange.append(f"{peer.name} entered")
                    say(met=peer.name)
                case Exited(peer=peer):
                    self.strange.append(f"{peer.name} left")
                case Whisper(peer=peer, frames=(data,)):
                    await self.take(peer, data)

    async def take(self, peer: Peer, data: bytes) -> None:
        if data == _DONE:
            self.done.set()
            return
        number, text, left = data[:8], data[8:-8].strip(b"."), data[-8:]
        if int(number, 16) != self.heard % (1 << 32) or text != _TEXT:
            self.strange.append(f"{data[:40]!r} instead of number {self.heard}")
        self.heard += 1
        if int(left, 16) == 0:
            self.heard = 0
            await self.node.whisper(peer, _DONE)

    async def speak(self, name: str, count: int) -> None:
        self.done.clear()
        start = time.perf_counter()
        for number in range(count):
            await self.node.whisper(
                name, b"%08x%s%08x" % (number, _TEXT.center(_SIZE, b"."), count - 1 - number)
            )
        await self.done.wait()
        say(spoken=count, seconds=time.perf_counter() - start)

    def tell(self) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        statistics = self.node.statistics()
        say(
            strange=self.strange,
            refused=statistics.refused,
            malformed=statistics.malformed,
            memory=peak_memory(),
            processor=usage.ru_utime + usage.ru_stime,
        )


async def main(name: str, secret: str) -> None:
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with covey.Node(name, mesh="attacked", secret=covey.Secret.load(secret)) as node:
        member = Member(node)
        listening = asyncio.create_task(member.listen())
        say(ready=int(node.endpoint.rpartition(":")[2]), topics=node.topics_port)
        while words := (await lines.readline()).split():
            if words == [b"tell"]:
                member.tell()
            else:
                await member.speak(words[0].decode(), int(words[1]))
        listening.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
