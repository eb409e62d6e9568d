"""connections: resident memory of one more idle connection, where many are accepted."""

from __future__ import annotations

import gc
import os
import resource
from pathlib import Path
from typing import Any

from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk

__all__ = ["CASE"]

KIB = 1024
SETTLED = 10
"""Connections made before the first look at memory, so that what is made once does not count."""


def resident() -> int:
    """Return this process's resident memory, octets."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def allow_many_files() -> None:
    """Raise the soft limit on open files as far as the hard one allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def accept(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind a PULL; one message tells of each connection."""
    allow_many_files()
    sock, signal = adapter.open("pull"), adapter.open("push")
    endpoint = await adapter.bind(sock, LOOPBACK)
    talk.met(endpoint=endpoint, signal=await adapter.bind(signal, LOOPBACK))
    for _ in range(SETTLED):
        await sock.recv()
    before = resident()
    await signal.send(b"go on")
    for _ in range(spec.peers):
        await sock.recv()
    talk.result((resident() - before) / spec.peers / KIB)


def accept_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind a PULL; one message tells of each connection."""
    allow_many_files()
    sock, signal = adapter.open("pull"), adapter.open("push")
    endpoint = adapter.bind(sock, LOOPBACK)
    talk.met(endpoint=endpoint, signal=adapter.bind(signal, LOOPBACK))
    for _ in range(SETTLED):
        sock.recv()
    before = resident()
    signal.send(b"go on")
    for _ in range(spec.peers):
        sock.recv()
    talk.result((resident() - before) / spec.peers / KIB)


async def connect(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect that many PUSH sockets, send one message on each, and stay."""
    allow_many_files()
    signal = adapter.open("pull")
    await adapter.connect(signal, spec.meeting["signal"])
    socks = [adapter.open("push") for _ in range(SETTLED + spec.peers)]
    for number, sock in enumerate(socks):
        if number == SETTLED:
            await signal.recv()
        await adapter.connect(sock, spec.meeting["endpoint"])
        await sock.send(b"here")
    await signal.recv()


def connect_blocking(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect that many PUSH sockets, send one message on each, and stay."""
    allow_many_files()
    signal = adapter.open("pull")
    adapter.connect(signal, spec.meeting["signal"])
    socks = [adapter.open("push") for _ in range(SETTLED + spec.peers)]
    for number, sock in enumerate(socks):
        if number == SETTLED:
            signal.recv()
        adapter.connect(sock, spec.meeting["endpoint"])
        sock.send(b"here")
    signal.recv()


CASE = Case(
    title="Resident memory of the accepting process for each idle TCP connection",
    unit="KiB",
    home=Part(accept, accept_blocking),
    away=Part(connect, connect_blocking),
    more_is_better=False,
    peers=1000,
    peers_are="connections",
)
