"""libzmq over OpenPGM, with the settings that suit it best. Run by whichever Python has such a pyzmq."""

from __future__ import annotations

import sys
import time
from typing import Any

import zmq

from .spec import GROUP, PORT, PeerSpec
from .stream import LARGEST_BATCH, Observer, Pacer, batches, say, stamped

__all__ = ["main"]

BUFFER = 4 << 20
"""With the default it loses most of a burst."""
RATE = 1_000_000
"""kbit/s. Both more and less made it slower."""
POLL_MS = 100


def main() -> None:
    """Play the part that the arguments name."""
    role = sys.argv[1]
    spec = PeerSpec.from_json(sys.stdin.readline())
    context = zmq.Context()
    if role == "receive":
        receive(context, spec)
    else:
        send(context, spec)


def _open(context: Any, kind: int, spec: PeerSpec) -> Any:
    sock = context.socket(kind)
    sock.linger = 0
    sock.setsockopt(zmq.RATE, RATE)
    sock.setsockopt(zmq.RECOVERY_IVL, 10_000 if spec.loses else 1000)
    sock.setsockopt(zmq.RCVBUF, BUFFER)
    return sock


def receive(context: Any, spec: PeerSpec) -> None:
    """Subscribe and observe."""
    sock = _open(context, zmq.SUB, spec)
    sock.rcvhwm = 0
    sock.subscribe(b"")
    sock.connect(f"epgm://{spec.address};{GROUP}:{PORT}")
    say(ready=True)
    observer = Observer(spec)
    receive_now = sock.recv
    while not observer.is_done:
        if not sock.poll(POLL_MS):
            observer.waited()
            continue
        messages = []
        try:
            for _ in range(LARGEST_BATCH):
                messages.append(receive_now(zmq.DONTWAIT))  # noqa: PERF401 -- what came before the error counts
        except zmq.Again:
            pass
        observer.take(messages)
    say(result=observer.result())


def send(context: Any, spec: PeerSpec) -> None:
    """Publish until killed."""
    sock = _open(context, zmq.XPUB, spec)
    sock.setsockopt(zmq.XPUB_NODROP, 1)
    sock.bind(f"epgm://{spec.address};{GROUP}:{PORT}")
    say(ready=True)
    sys.stdin.readline()
    emit = sock.send
    if not spec.rate:
        for batch in batches(spec.size):
            for message in batch:
                emit(message)
    pacer = Pacer(spec)
    while True:
        for _ in range(pacer.due()):
            emit(stamped(pacer.sent, spec.size))
            pacer.sent += 1
        time.sleep(spec.tick)
