"""Our PGM links at the other end of a pipe, driven by JSON lines; `zmq_peer.py` has the manners.

Requests: `sender` (link, endpoint, options), `receiver` (link, endpoint, options), `send_pattern` (link, size, count,
frames, seed, prefix), `digest` (link, count, timeout), `digests` (link, count, timeout), `events` (link), `statistics`
(link), `finish` (link), `close` (link).
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections import deque
from typing import Any

from zmq_peer import digest, pattern  # type: ignore[import-not-found]

from covey.transports.link import Link, Message
from covey.transports.multicast.factory import open_receiver, open_sender
from covey.transports.multicast.settings import MulticastOptions
from covey.transports.pgm.events import Event
from covey.transports.pgm.settings import ParitySettings
from covey.transports.zmtp.events import PeerProperties

__all__: list[str] = []

Request = dict[str, Any]


class Owner:
    """Holds the queues of one link."""

    def __init__(self) -> None:
        self.inbox: deque[Message] = deque()
        self.outbox: deque[Message] = deque()
        self.events: list[Event] = []
        self.changed = asyncio.Event()
        self.link: Any = None

    def link_ready(self, link: Link, properties: PeerProperties) -> None:
        self.link = link

    def link_messages(self, link: Link, messages: list[Message]) -> None:
        self.inbox.extend(messages)
        self.changed.set()

    def link_room(self) -> int:
        return 1 << 30

    def link_drained(self, link: Link) -> None:
        link.transmit(self.outbox)
        self.changed.set()

    def link_closed(self, link: Link, error: Exception | None) -> None:
        self.link = None

    async def wait(self, condition: Any, timeout: float) -> None:
        async with asyncio.timeout(timeout):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class Peer:
    """All links of this process."""

    def __init__(self) -> None:
        self.owners: dict[str, Owner] = {}

    async def do_sender(self, request: Request) -> None:
        owner = self.owners[request["link"]] = Owner()
        open_sender(request["endpoint"], _options(request), owner)

    async def do_receiver(self, request: Request) -> None:
        owner = self.owners[request["link"]] = Owner()
        open_receiver(request["endpoint"], _options(request), owner, owner.events.append)

    async def do_send_pattern(self, request: Request) -> None:
        owner = self.owners[request["link"]]
        prefix = [frame.encode("latin-1") for frame in request["prefix"]]
        for number in range(request["count"]):
            frames = prefix + [pattern(request["size"], request["seed"] + number)] * request["frames"]
            owner.outbox.append(frames if len(frames) > 1 else frames[0])
            if request["pause"]:
                owner.link.transmit(owner.outbox)
                await asyncio.sleep(request["pause"])
        owner.link.transmit(owner.outbox)
        await owner.wait(lambda: not owner.outbox, 60.0)

    async def do_digest(self, request: Request) -> list[Any]:
        owner = self.owners[request["link"]]
        await owner.wait(lambda: len(owner.inbox) >= request["count"], request["timeout"])
        taken = [owner.inbox.popleft() for _ in range(request["count"])]
        return [digest(message if isinstance(message, list) else [message]) for message in taken]

    async def do_events(self, request: Request) -> list[str]:
        return [type(event).__name__ for event in self.owners[request["link"]].events]

    async def do_statistics(self, request: Request) -> Any:
        return dataclasses.asdict(self.owners[request["link"]].link.statistics())

    async def do_finish(self, request: Request) -> None:
        await self.owners[request["link"]].link.finish()

    async def do_close(self, request: Request) -> None:
        self.owners.pop(request["link"]).link.close()


def _options(request: Request) -> MulticastOptions:
    values = dict(request["options"])
    if "parity" in values:
        values["parity"] = ParitySettings(**values["parity"])
    return MulticastOptions(**values)


async def _answer(peer: Peer, request: Request) -> None:
    try:
        reply = {"id": request["id"], "ok": await getattr(peer, f"do_{request['op']}")(request)}
    except Exception as error:  # everything that fails here is the answer
        number = getattr(error, "errno", None)
        reply = {"id": request["id"], "error": f"{type(error).__name__}: {error}", "errno": number}
    sys.stdout.write(json.dumps(reply, default=repr) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Serve requests until standard input ends."""
    peer = Peer()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async with asyncio.TaskGroup() as tasks:
        while line := await reader.readline():
            tasks.create_task(_answer(peer, json.loads(line)))
    for owner in peer.owners.values():
        owner.link.close()


if __name__ == "__main__":
    asyncio.run(main())
