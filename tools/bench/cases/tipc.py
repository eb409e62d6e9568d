"""tipc: push-pull over the kernel's cluster transport; needs a kernel that has it loaded."""

from __future__ import annotations

from typing import Any

from covey.tools.bench.spec import WorkerSpec

from .case import Case, Part, Talk
from .flow import drain, drain_blocking
from .push_pull import push, push_blocking

__all__ = ["CASE"]

ENDPOINT = "tipc://<*>"


async def pull(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind, receive and measure."""
    sock = adapter.open("pull")
    talk.met(endpoint=await adapter.bind(sock, ENDPOINT))
    talk.result(await drain(sock, spec))


def pull_blocking(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind, receive and measure."""
    sock = adapter.open("pull")
    talk.met(endpoint=adapter.bind(sock, ENDPOINT))
    talk.result(drain_blocking(sock, spec))


CASE = Case(
    title="PUSH to PULL, two processes over TIPC",
    unit="msg/s",
    home=Part(pull, pull_blocking),
    away=Part(push, push_blocking),
    is_stream=True,
    in_bytes=True,
)
