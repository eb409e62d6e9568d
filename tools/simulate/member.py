"""A node of the simulated segment, seen from outside."""

from __future__ import annotations

from math import inf
from typing import Protocol
from uuid import UUID

from covey.discovery.beacon.routes import Mode

from .listener import Listener

__all__ = ["Datagrams", "Engines", "Member"]

Datagrams = list[tuple[Mode, bytes]]
"""What is to be sent, and how it is addressed."""


class Engines(Protocol):
    """What decides what a node sends."""

    def start(self, now: float) -> Datagrams:
        """Begin."""
        ...

    def handle_timeout(self, now: float) -> Datagrams:
        """Do what is due."""
        ...

    def leave(self) -> Datagrams:
        """Say goodbye, and fall silent."""
        ...

    def next_timeout(self) -> float:
        """Return when `handle_timeout` is due."""
        ...


class Member:
    """One node and its fate.

    Attributes:
        engines: what it runs.
        listener: the same, if it is simulated whole.
        side: 0 or 1, the half it is in when the segment is cut.
        source: its address.
        died_at: when it was killed or left; infinite for a living one.
        resumes_at: when it goes on, if it stands still.
        planned: when its owner looks at it next.
        waiting: datagrams that came while it stood still.
    """

    __slots__ = (
        "died_at",
        "engines",
        "listener",
        "planned",
        "resumes_at",
        "side",
        "source",
        "uuid",
        "waiting",
    )

    def __init__(self, uuid: UUID, number: int, side: int, engines: Engines) -> None:
        self.uuid = uuid
        self.engines = engines
        self.listener = engines if isinstance(engines, Listener) else None
        self.side = side
        self.source = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        self.died_at = inf
        self.resumes_at = 0.0
        self.planned = inf
        self.waiting: list[tuple[bytes, str, Mode]] = []

    @property
    def is_alive(self) -> bool:
        """Whether it was neither killed nor left."""
        return self.died_at == inf
