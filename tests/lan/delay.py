"""Delay a link: hold every frame between two interfaces for a while, in both directions.

Run as a program: `delay.py SOCKET SOCKET SECONDS`, with two inherited packet sockets, each bound to an
interface. The kernels that tests run on often have no netem; this stands in for it, at the cost of a copy
through Python. Frames carry their offload header along, so checksums and large segments stay as the sender
left them.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections import deque

__all__ = ["forward"]

_OWN_FRAME = 4
_LARGEST_FRAME = 1 << 17


def forward(ends: tuple[socket.socket, socket.socket], delay: float) -> None:
    """Carry frames between two packet sockets for ever; each waits `delay` seconds."""
    first, second = ends
    other = {first: second, second: first}
    waiting: deque[tuple[float, socket.socket, bytes]] = deque()
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for end in select.select(ends, (), (), timeout)[0]:
            frame, address = end.recvfrom(_LARGEST_FRAME)
            if address[2] != _OWN_FRAME:
                waiting.append((time.monotonic() + delay, other[end], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, frame = waiting.popleft()
            try:
                end.send(frame)
            except OSError:
                continue  # a full queue or an interface that is down loses frames, as a wire would


if __name__ == "__main__":
    forward(
        (socket.socket(fileno=int(sys.argv[1])), socket.socket(fileno=int(sys.argv[2]))), float(sys.argv[3])
    )
