"""A covey node at the other end of a pipe, driven by JSON lines, in a process (and on a host) of its own.

`node_process.py NAME [KEY=VALUE...]`: keys `mesh`, `secret` (a file), `authority` (a folder), `pinned`
(DIRECTORY,KEYS), `interface` (repeatable), `seeds`, `gossip_bind`, `gossip_connect`, `discover`, `evasive` and
`expired` as `covey.Node` has them; any other is a header. The node enters at once and says so: `{"event":
"ready", "uuid": ..., "topics_port": ...}`. Requests are lines `{"id": 1, "op": ...}`: `join`, `leave` (group),
`shout` (group, frames), `whisper` (uuid, frames), `publish` (topic, data), `subscribe` (topic),
`wait_subscribed` (topic, count), `seal_...` (see `SealedMember`), `serve` (service; answers the data behind the
node's name), `call` (service, data, perhaps peer and timeout: the answer, or the name of the error), `connect`
(endpoint, perhaps uuid and public_key), `peers`, `statistics`. Events come unasked: `{"event": "Entered", "uuid":
..., "name": ...}`, topic messages as `{"event": "message", ...}`, sealed multicast as `{"event": "sealed", ...}`. It
leaves when its input ends or on SIGTERM. Bytes travel as latin-1 text.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import covey
import covey.mesh as mesh
from covey.errors import CoveyError
from covey.security.sealed_group import HandOver
from covey.security.secret import Secret
from covey.security.trust.authority import Authority
from covey.security.trust.pinned import Pinned

__all__: list[str] = []

Request = dict[str, Any]


def say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def text(frames: tuple[bytes, ...]) -> list[str]:
    return [frame.decode("latin-1") for frame in frames]


def octets(frames: list[str]) -> list[bytes]:
    return [frame.encode("latin-1") for frame in frames]


def shown(peer: mesh.Peer) -> dict[str, Any]:
    return {
        "uuid": peer.uuid.hex,
        "name": peer.name,
        "endpoint": peer.endpoint,
        "via": peer.via,
        "liveness": peer.liveness.value,
        "headers": dict(peer.headers),
        "groups": sorted(peer.groups),
    }


class Clinging(covey.SealedGroup):
    """Forgets no key, and goes on with its own, whoever is gone."""

    def dismiss(self, member: str, now: float) -> list[HandOver]:
        return []


class SealedMember:
    """In the group, and at a multicast address, from `enter` until its process ends."""

    def __init__(self, node: mesh.Node, heard: Callable[[bytes], None]) -> None:
        self._node = node
        self._heard = heard

    async def enter(self, tasks: asyncio.TaskGroup, name: str, address: str, *, clings: bool) -> None:
        """Join, and listen; `clings` makes it a thief of keys."""
        self._group = group = self._node.sealed_group(name)
        if clings:
            group.keys = Clinging(name)
        await group.__aenter__()
        self._radio = covey.Radio(security=group.keys, multicast_loop=False)
        dish = covey.Dish(security=group.keys)
        dish.join("g")
        await dish.bind(address)
        await self._radio.connect(address)
        tasks.create_task(self._listen(dish))

    async def _listen(self, dish: covey.Dish) -> None:
        while True:
            self._heard(await dish.recv())

    async def wait_members(self, count: int) -> None:
        """Wait until so many others can read us and be read."""
        await self._group.wait_members(count, timeout=10)

    async def wait_gone(self, uuid: str) -> None:
        """Wait until somebody is not to read us any more, and what is sent is sealed with keys it never had."""
        keys = self._group.keys
        async with asyncio.timeout(10):
            while str(UUID(uuid)) in keys.members or keys.sender.is_renewing:
                await self._group.wait_change()

    async def send(self, data: bytes) -> None:
        """Multicast."""
        await self._radio.send(data, group="g")

    def counts(self) -> dict[str, Any]:
        """Return what became of the records that came, and whether one waits for its key."""
        counts = self._group.keys.counts()
        return {name: getattr(counts, name) for name in ("opened", "replayed", "forged", "unknown")} | {
            "waits": self._group.keys.receiver.waits
        }


class Program:
    def __init__(self, node: mesh.Node, tasks: asyncio.TaskGroup) -> None:
        self.node = node
        self.tasks = tasks
        self.sealed = SealedMember(node, lambda data: say(event="sealed", data=data.decode("latin-1")))

    async def events(self) -> None:
        async for event in self.node.events():
            line: dict[str, Any] = {"event": type(event).__name__, "at": time.time()}
            if not isinstance(event, mesh.Missed | mesh.ClusterEvent | mesh.Refused):
                line |= shown(event.peer)
            keys = (
                "node",
                "identity",
                "link",
                "group",
                "service",
                "reason",
                "count",
                "source",
                "who",
                "total",
            )
            for key in keys:
                if hasattr(event, key):
                    line[key] = getattr(event, key)
            if isinstance(event, mesh.Refused):
                line["offence"] = event.offence.value
            if isinstance(event, (mesh.Whisper, mesh.Shout)):
                line["frames"] = text(event.frames)
            say(**line)

    async def messages(self, subscription: mesh.Subscription) -> None:
        async for message in subscription:
            data = message.data.decode("latin-1")
            say(event="message", topic=message.topic, data=data, sender=message.sender.name)

    async def do_join(self, request: Request) -> None:
        await self.node.join(request["group"])

    async def do_leave(self, request: Request) -> None:
        await self.node.leave(request["group"])

    async def do_shout(self, request: Request) -> int:
        return await self.node.shout(request["group"], octets(request["frames"]))

    async def do_whisper(self, request: Request) -> None:
        await self.node.whisper(request["uuid"], octets(request["frames"]))

    async def do_publish(self, request: Request) -> int:
        return await self.node.publish(request["topic"], request["data"].encode("latin-1"))

    async def do_subscribe(self, request: Request) -> None:
        subscription = self.node.subscribe(request["topic"])
        await subscription.__aenter__()
        self.tasks.create_task(self.messages(subscription))

    async def do_wait_subscribed(self, request: Request) -> None:
        await self.node.wait_subscribed(request["topic"], request["count"], timeout=10)

    async def do_serve(self, request: Request) -> None:
        await self.node.serve(request["service"], self.echo).__aenter__()

    async def echo(self, call: mesh.Call) -> bytes:
        if call.data == b"never":
            say(event="called", service=call.service)
            await asyncio.Event().wait()
        return self.node.name.encode() + b" " + call.data

    async def do_call(self, request: Request) -> str:
        data, options = request["data"].encode("latin-1"), {"peer": request.get("peer")}
        if "timeout" in request:
            options["timeout"] = request["timeout"]
        try:
            return (await self.node.call(request["service"], data, **options)).decode("latin-1")
        except CoveyError as error:
            return type(error).__name__

    async def do_connect(self, request: Request) -> None:
        uuid, key = request.get("uuid"), request.get("public_key")
        await self.node.connect(
            request["endpoint"],
            uuid=UUID(uuid) if uuid else None,
            public_key=bytes.fromhex(key) if key else None,
        )

    async def do_seal_enter(self, request: Request) -> None:
        await self.sealed.enter(self.tasks, request["group"], request["address"], clings=request["clings"])

    async def do_seal_wait(self, request: Request) -> None:
        await self.sealed.wait_members(request["count"])

    async def do_seal_wait_gone(self, request: Request) -> None:
        await self.sealed.wait_gone(request["uuid"])

    async def do_seal_send(self, request: Request) -> None:
        await self.sealed.send(request["data"].encode("latin-1"))

    async def do_seal_counts(self, request: Request) -> dict[str, Any]:
        return self.sealed.counts()

    async def do_peers(self, request: Request) -> list[dict[str, Any]]:
        return [shown(peer) for peer in self.node.peers()]

    async def do_statistics(self, request: Request) -> dict[str, Any]:
        statistics = self.node.statistics()
        return {name: getattr(statistics, name) for name in statistics.__match_args__}


async def serve(node: mesh.Node) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with node, asyncio.TaskGroup() as tasks:
        program = Program(node, tasks)
        say(event="ready", uuid=node.uuid.hex, topics_port=node.topics_port)
        work = [
            tasks.create_task(program.events()),
            tasks.create_task(answer(program, lines, stop)),
        ]
        await stop.wait()
        for task in work:
            task.cancel()
        await node.__aexit__(None, None, None)


async def answer(program: Program, lines: asyncio.StreamReader, stop: asyncio.Event) -> None:
    while line := await lines.readline():
        request = json.loads(line)
        say(id=request["id"], ok=await getattr(program, f"do_{request['op']}")(request))
    stop.set()


def main() -> None:
    name, *pairs = sys.argv[1:]
    options: dict[str, Any] = {"headers": {}, "interface": []}
    for key, _, value in (pair.partition("=") for pair in pairs):
        if key == "interface":
            options["interface"].append(value)
        elif key == "secret":
            options["secret"] = Secret.load(value)
        elif key == "authority":
            options["trust"] = Authority(value)
        elif key == "pinned":
            options["trust"] = Pinned(*value.split(","))
        elif key in ("mesh", "gossip_bind"):
            options[key] = value
        elif key in ("seeds", "gossip_connect", "discover"):
            options[key] = value.split(",")
        elif key in ("evasive", "expired"):
            options[key] = float(value)
        else:
            options["headers"][key] = value
    asyncio.run(serve(mesh.Node(name, **options)))


if __name__ == "__main__":
    main()
