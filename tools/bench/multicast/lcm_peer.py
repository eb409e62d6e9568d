"""LCM over UDP multicast: no repairs, so what is lost stays lost."""

from __future__ import annotations

import sys
import time
from typing import Any

from .spec import PeerSpec
from .stream import Observer, Pacer, batches, say, stamped

__all__ = ["main"]

ADDRESS = "udpm://239.255.76.67:7667?ttl=1&recv_buf_size=4194304"
CHANNEL = "bench"
POLL_MS = 100


def main() -> None:
    """Play the part that the arguments name."""
    import lcm

    role = sys.argv[1]
    spec = PeerSpec.from_json(sys.stdin.readline())
    if role == "receive":
        receive(lcm.LCM(ADDRESS), spec)
    else:
        send(lcm.LCM(ADDRESS), spec)


def receive(link: Any, spec: PeerSpec) -> None:
    """Subscribe and observe."""
    observer = Observer(spec)
    messages: list[bytes] = []
    subscription = link.subscribe(CHANNEL, lambda _channel, data: messages.append(data))
    subscription.set_queue_capacity(0)
    say(ready=True)
    while not observer.is_done:
        if not link.handle_timeout(POLL_MS):
            observer.waited()
        if messages:
            observer.take(messages)
            messages.clear()
    say(result=observer.result())


def send(link: Any, spec: PeerSpec) -> None:
    """Publish until killed."""
    say(ready=True)
    sys.stdin.readline()
    if not spec.rate:
        for batch in batches(spec.size):
            for message in batch:
                link.publish(CHANNEL, message)
    pacer = Pacer(spec)
    while True:
        for _ in range(pacer.due()):
            link.publish(CHANNEL, stamped(pacer.sent, spec.size))
            pacer.sent += 1
        time.sleep(spec.tick)
