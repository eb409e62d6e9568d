"""fan-in: many PUSH sockets to one PULL."""

from __future__ import annotations

import dataclasses

from .push_pull import CASE as PUSH_PULL

__all__ = ["CASE"]

CASE = dataclasses.replace(
    PUSH_PULL, title="Many PUSH sockets of one process to one PULL over TCP", size=256, peers=50
)
