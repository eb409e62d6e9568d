"""secure-multicast: RADIO to DISH over PGM on loopback, sealed for a group and in the clear."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk
from .flow import drain, payloads

__all__ = ["CASE"]

SEALED = "sealed"
GROUP = "bench"


def endpoint() -> str:
    """Return an address on loopback that other runs of the moment hardly use."""
    return f"epgm://127.0.0.1;239.192.77.77:{20_000 + os.getpid() % 10_000}"


async def dish(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Get the sender's keys, receive and measure."""
    keys = adapter.new_group() if spec.implementation == SEALED else None
    sock, mail, where = adapter.open_group("dish", keys), adapter.open("pull"), endpoint()
    sock.join(GROUP)
    await adapter.connect(sock, where)
    talk.met(endpoint=where, mail=await adapter.bind(mail, LOOPBACK))
    handed_over = await mail.recv()
    if keys is not None:
        keys.take("radio", handed_over)
    talk.result(await drain(sock, spec))


async def radio(adapter: Any, spec: WorkerSpec, _talk: Talk) -> NoReturn:
    """Hand the keys over, and send."""
    keys = adapter.new_group() if spec.implementation == SEALED else None
    mail = adapter.open("push")
    await adapter.connect(mail, spec.meeting["mail"])
    await mail.send(keys.welcome("dish")[0][1] if keys is not None else b"clear")
    sock = adapter.open_group("radio", keys, rate=-1, xpub_nodrop=True)
    await adapter.connect(sock, spec.meeting["endpoint"])
    batch = payloads(spec)
    while True:
        for payload in batch:
            await sock.send(payload, GROUP)


CASE = Case(
    title="RADIO to DISH over PGM on loopback, sealed and in the clear, two processes",
    unit="msg/s",
    home=Part(dish),
    away=Part(radio),
    is_stream=True,
    in_bytes=True,
    sizes=(32, 1024),
    line_up=(SEALED, "clear"),
)
