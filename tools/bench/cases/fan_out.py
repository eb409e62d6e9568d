"""fan-out: one PUB to many SUBs."""

from __future__ import annotations

import dataclasses

from .pub_sub import CASE as PUB_SUB

__all__ = ["CASE"]

CASE = dataclasses.replace(
    PUB_SUB,
    title="One PUB to many SUB sockets of one process over TCP",
    unit="deliveries/s",
    size=256,
    peers=50,
)
