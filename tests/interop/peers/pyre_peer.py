"""A pyre (ZRE version 2) node at the other end of a pipe, driven by JSON lines; needs `pyre`.

`pyre_peer.py NAME [KEY=VALUE...]` prepares a node with those headers. Requests are lines
`{"id": 1, "op": ...}`: `start`, `stop`, `join` and `leave` (group), `shout` (group, frames), `whisper` (uuid
as hex, frames), `peers`, `peers_by_group` (group), `own_groups`, `peer_groups`, `peer_address` (uuid),
`peer_headers` (uuid). Answers are `{"id": 1, "ok": value}`. What pyre reports comes unasked as
`{"event": "ENTER", "uuid": hex, "name": ..., "rest": [...]}`, `rest` being the further frames (of ENTER the
headers as an object, then the endpoint). Bytes travel as text, one character a byte (latin-1).
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from typing import Any

import pyre
import zmq

__all__: list[str] = []

Request = dict[str, Any]


class Node:
    """The node and what can be asked of it. Requests and events share one thread, as pyre needs."""

    def __init__(self, name: str, headers: list[str]) -> None:
        self.context = zmq.Context()
        self.pyre = pyre.Pyre(name, ctx=self.context)
        for header in headers:
            self.pyre.set_header(*header.split("=", 1))

    def do_start(self, request: Request) -> str:
        self.pyre.start()
        return str(self.pyre.uuid().hex)

    def do_stop(self, request: Request) -> None:
        self.pyre.stop()

    def do_join(self, request: Request) -> None:
        self.pyre.join(request["group"])

    def do_leave(self, request: Request) -> None:
        self.pyre.leave(request["group"])

    def do_shout(self, request: Request) -> None:
        self.pyre.shout(request["group"], [frame.encode("latin-1") for frame in request["frames"]])

    def do_whisper(self, request: Request) -> None:
        frames = [frame.encode("latin-1") for frame in request["frames"]]
        self.pyre.whisper(uuid.UUID(request["uuid"]), frames)

    def do_peers(self, request: Request) -> list[str]:
        return [peer.hex for peer in self.pyre.peers()]

    def do_peers_by_group(self, request: Request) -> list[str]:
        return [peer.hex for peer in self.pyre.peers_by_group(request["group"])]

    def do_own_groups(self, request: Request) -> list[str]:
        return sorted(self.pyre.own_groups())

    def do_peer_groups(self, request: Request) -> list[str]:
        return sorted(self.pyre.peer_groups())

    def do_peer_address(self, request: Request) -> str:
        return str(self.pyre.peer_address(uuid.UUID(request["uuid"])))

    def do_peer_headers(self, request: Request) -> Request:
        return dict(self.pyre.peer_headers(uuid.UUID(request["uuid"])))

    def report(self) -> None:
        """Print the next event of the node."""
        kind, peer, name, *rest = self.pyre.recv()
        frames: list[Any] = [frame.decode("latin-1") for frame in rest]
        if kind == b"ENTER":
            frames[0] = json.loads(rest[0])
        say(event=kind.decode(), uuid=peer.hex(), name=name.decode(), rest=frames, at=time.time())


def say(**line: Any) -> None:
    """Print a JSON line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def read_requests(context: zmq.Context[Any]) -> None:
    """Pass standard input on to the thread that owns the node; an empty message is its end."""
    pipe = context.socket(zmq.PAIR)
    pipe.connect("inproc://requests")
    for line in sys.stdin:
        pipe.send_string(line)
    pipe.send(b"")


def main() -> None:
    """Serve requests and report events until standard input ends, then leave."""
    node = Node(sys.argv[1], sys.argv[2:])
    pipe = node.context.socket(zmq.PAIR)
    pipe.bind("inproc://requests")
    threading.Thread(target=read_requests, args=(node.context,), daemon=True).start()
    poller = zmq.Poller()
    poller.register(pipe, zmq.POLLIN)
    poller.register(node.pyre.socket(), zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if node.pyre.socket() in ready:
            node.report()
        if pipe in ready:
            line = pipe.recv()
            if not line:
                break
            request = json.loads(line)
            say(id=request["id"], ok=getattr(node, f"do_{request['op']}")(request))


if __name__ == "__main__":
    main()
    import os

    os._exit(0)
