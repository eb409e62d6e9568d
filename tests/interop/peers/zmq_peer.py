"""A libzmq at the other end of a pipe: pyzmq driven by JSON lines. Run by any Python that has `zmq`.

Each request is one line `{"id": 1, "op": ..., ...}`; each gets one answer, `{"id": 1, "ok": value}` or
`{"id": 1, "error": text, "errno": number}`. A socket works in a thread of its own, so requests to different
sockets run side by side, and those to one socket in order. Bytes travel as latin-1 text.

Requests to the process: `versions`; `open` (socket, type, options); `curve_keypair`; `authenticate`
(passwords, keys), which starts a ZAP handler: without keys it lets any CURVE key in.

Requests to a socket (member "socket"): `set` (option, value); `get` (option); `bind`, `unbind`, `connect`,
`disconnect` (endpoint); `send` (frames, repeat); `send_pattern` (count, size, frames, seed, prefix);
`recv` (timeout); `recv_many` (count, timeout); `digest` (count, timeout); `echo` (count, timeout); `poll`
(timeout); `monitor` (event, timeout); `close`.

`pattern` makes the content of a message out of a seed, so that 64 MiB need not cross the pipe; `digest`
answers with sizes and SHA-256 of what arrived.
"""

from __future__ import annotations

import hashlib
import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import zmq
import zmq.utils.z85
from zmq.utils.monitor import recv_monitor_message

__all__ = ["digest", "pattern"]

_CAPABILITIES = ("curve", "draft", "gssapi", "ipc", "norm", "pgm", "tipc")

Request = dict[str, Any]


def pattern(size: int, seed: int = 0) -> bytes:
    """Return `size` bytes that follow from the seed."""
    block = hashlib.sha256(seed.to_bytes(8, "big")).digest()
    return (block * (size // len(block) + 1))[:size]


def digest(frames: list[bytes]) -> dict[str, Any]:
    """Return the sizes of a message's frames and the SHA-256 of all of them, one after the other."""
    total = hashlib.sha256()
    for frame in frames:
        total.update(frame)
    return {"sizes": [len(frame) for frame in frames], "sha256": total.hexdigest()}


class Worker:
    """One socket and the thread that uses it."""

    def __init__(self, context: zmq.Context[Any], request: Request) -> None:
        self._socket = context.socket(getattr(zmq, request["type"]))
        self._socket.linger = 0
        self._monitor: Any = None
        for option, value in (request.get("options") or {}).items():
            for each in value if isinstance(value, list) else [value]:
                self._set(option, each)
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, request: Request) -> None:
        """Queue a request."""
        self._requests.put(request)

    def _work(self) -> None:
        while True:
            request = self._requests.get()
            answer(request, getattr(self, f"do_{request['op']}"))
            if request["op"] == "close":
                return

    def _set(self, option: str, value: int | str) -> None:
        number = getattr(zmq, option.upper())
        self._socket.setsockopt(number, value.encode("latin-1") if isinstance(value, str) else value)

    def _messages(self, request: Request) -> Iterator[list[bytes]]:
        deadline = time.monotonic() + request["timeout"]
        for _ in range(request.get("count", 1)):
            left = max(0.0, deadline - time.monotonic())
            if not self._socket.poll(int(left * 1000)):
                raise TimeoutError("no message came")
            yield self._socket.recv_multipart()

    def do_set(self, request: Request) -> None:
        self._set(request["option"], request["value"])

    def do_get(self, request: Request) -> int | str:
        value = self._socket.getsockopt(getattr(zmq, request["option"].upper()))
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def do_bind(self, request: Request) -> str:
        self._socket.bind(request["endpoint"])
        return str(self._socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())

    def do_unbind(self, request: Request) -> None:
        self._socket.unbind(request["endpoint"])

    def do_connect(self, request: Request) -> None:
        self._socket.connect(request["endpoint"])

    def do_disconnect(self, request: Request) -> None:
        self._socket.disconnect(request["endpoint"])

    def do_send(self, request: Request) -> None:
        frames = [frame.encode("latin-1") for frame in request["frames"]]
        for _ in range(request.get("repeat", 1)):
            self._socket.send_multipart(frames)

    def do_send_pattern(self, request: Request) -> None:
        prefix = [frame.encode("latin-1") for frame in request["prefix"]]
        for number in range(request["count"]):
            body = pattern(request["size"], request["seed"] + number)
            self._socket.send_multipart(prefix + [body] * request["frames"])

    def do_recv(self, request: Request) -> list[str]:
        return [frame.decode("latin-1") for message in self._messages(request) for frame in message]

    def do_recv_many(self, request: Request) -> list[list[str]]:
        return [[frame.decode("latin-1") for frame in message] for message in self._messages(request)]

    def do_digest(self, request: Request) -> list[Any]:
        return [digest(message) for message in self._messages(request)]

    def do_echo(self, request: Request) -> int:
        echoed = 0
        for message in self._messages(request):
            self._socket.send_multipart(message)
            echoed += 1
        return echoed

    def do_poll(self, request: Request) -> bool:
        return bool(self._socket.poll(int(request["timeout"] * 1000)))

    def do_monitor(self, request: Request) -> Request:
        """The first call starts watching; later ones wait for an event of that name, dropping others."""
        if self._monitor is None:
            self._monitor = self._socket.get_monitor_socket()
            return {}
        deadline = time.monotonic() + request["timeout"]
        while self._monitor.poll(int(max(0.0, deadline - time.monotonic()) * 1000)):
            event = recv_monitor_message(self._monitor)
            name = zmq.Event(event["event"]).name
            if name == request["event"]:
                return {"event": name, "value": event["value"], "endpoint": event["endpoint"].decode()}
        raise TimeoutError(f"no event {request['event']}")

    def do_close(self, request: Request) -> None:
        if self._monitor is not None:
            self._socket.disable_monitor()
        self._socket.close(request.get("linger", 0))


class Process:
    """The requests that belong to no socket."""

    def __init__(self) -> None:
        self.context = zmq.Context()
        self.workers: dict[str, Worker] = {}

    def do_versions(self, request: Request) -> Request:
        able = [name for name in _CAPABILITIES if zmq.has(name)]
        return {"libzmq": zmq.zmq_version(), "pyzmq": zmq.pyzmq_version(), "has": able}

    def do_open(self, request: Request) -> None:
        self.workers[request["socket"]] = Worker(self.context, request)

    def do_curve_keypair(self, request: Request) -> list[str]:
        return [key.decode() for key in zmq.curve_keypair()]

    def do_authenticate(self, request: Request) -> None:
        handler = self.context.socket(zmq.REP)
        handler.bind("inproc://zeromq.zap.01")
        threading.Thread(target=serve_zap, args=(handler, request), daemon=True).start()


def serve_zap(handler: zmq.Socket[bytes], known: Request) -> None:
    """Answer ZAP requests (RFC 27) for ever. The user id is the PLAIN user or the CURVE key."""
    while True:
        version, number, _, _, _, mechanism, *credentials = handler.recv_multipart()
        if mechanism == b"CURVE":
            user = zmq.utils.z85.encode(credentials[0])
            welcome = known["keys"] is None or user.decode() in known["keys"]
        elif mechanism == b"PLAIN":
            user = credentials[0]
            welcome = (known["passwords"] or {}).get(user.decode()) == credentials[1].decode()
        else:
            user, welcome = b"", known["passwords"] is None and known["keys"] is None
        verdict = [b"200", b"OK"] if welcome else [b"400", b"No access"]
        handler.send_multipart([version, number, *verdict, user if welcome else b"", b""])


def answer(request: Request, handle: Any) -> None:
    """Carry out a request and print its answer."""
    try:
        reply = {"id": request["id"], "ok": handle(request)}
    except Exception as error:  # everything that fails here is the answer
        number = getattr(error, "errno", None)
        reply = {"id": request["id"], "error": f"{type(error).__name__}: {error}", "errno": number}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve requests until standard input ends."""
    process = Process()
    for line in sys.stdin:
        request = json.loads(line)
        if "socket" in request and request["op"] != "open":
            process.workers[request["socket"]].submit(request)
        else:
            answer(request, getattr(process, f"do_{request['op']}"))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
    # sockets may still sit in other threads; ending at once is what a test wants
    import os

    os._exit(0)
