"""curve: push-pull with every message sealed by CURVE."""

from __future__ import annotations

from typing import Any

from covey.tools.bench.spec import WorkerSpec

from .case import LOOPBACK, Case, Part, Talk
from .flow import drain, drain_blocking, flood, flood_blocking

__all__ = ["CASE"]


async def pull(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind as CURVE server, receive and measure."""
    keys = adapter.new_keys()
    sock = adapter.open_curve_server("pull", keys)
    talk.met(endpoint=await adapter.bind(sock, LOOPBACK), server_key=keys[0])
    talk.result(await drain(sock, spec))


def pull_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind as CURVE server, receive and measure."""
    keys = adapter.new_keys()
    sock = adapter.open_curve_server("pull", keys)
    talk.met(endpoint=adapter.bind(sock, LOOPBACK), server_key=keys[0])
    talk.result(drain_blocking(sock, spec))


async def push(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect as CURVE client and send."""
    sock = adapter.open_curve_client("push", adapter.new_keys(), spec.meeting["server_key"])
    await adapter.connect(sock, spec.meeting["endpoint"])
    await flood([sock], spec)


def push_blocking(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect as CURVE client and send."""
    sock = adapter.open_curve_client("push", adapter.new_keys(), spec.meeting["server_key"])
    adapter.connect(sock, spec.meeting["endpoint"])
    flood_blocking([sock], spec)


CASE = Case(
    title="PUSH to PULL sealed by CURVE, two processes over TCP",
    unit="msg/s",
    home=Part(pull, pull_blocking),
    away=Part(push, push_blocking),
    size=1024,
    is_stream=True,
    in_bytes=True,
)
