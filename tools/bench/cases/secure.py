"""secure: push-pull by NOISE, beside covey in the clear and beside pyzmq's CURVE."""

from __future__ import annotations

import dataclasses
from typing import Any

from covey.tools.bench.spec import WorkerSpec

from . import curve
from .case import LOOPBACK, Part, Talk
from .flow import drain, flood
from .push_pull import CASE as PUSH_PULL

__all__ = ["CASE"]

CLEAR = "plain"


async def pull(adapter: Any, spec: WorkerSpec, talk: Talk) -> None:
    """Bind, as NOISE's server unless it goes in the clear, receive and measure."""
    keys = adapter.new_keys()
    is_clear = spec.implementation == CLEAR
    sock = adapter.open("pull") if is_clear else adapter.open_noise_server("pull", keys)
    talk.met(endpoint=await adapter.bind(sock, LOOPBACK), server_key=keys[0])
    talk.result(await drain(sock, spec))


async def push(adapter: Any, spec: WorkerSpec, _talk: Talk) -> None:
    """Connect, as NOISE's client unless it goes in the clear, and send."""
    keys, server_key = adapter.new_keys(), spec.meeting["server_key"]
    is_clear = spec.implementation == CLEAR
    sock = adapter.open("push") if is_clear else adapter.open_noise_client("push", keys, server_key)
    await adapter.connect(sock, spec.meeting["endpoint"])
    await flood([sock], spec)


CASE = dataclasses.replace(
    PUSH_PULL,
    title="PUSH to PULL by NOISE, in the clear, and by pyzmq's CURVE, two processes over TCP",
    home=Part(pull, curve.pull_blocking),
    away=Part(push, curve.push_blocking),
    sizes=(32, 1024, 65_536),
    line_up=("noise", CLEAR, "pyzmq-curve"),
)
