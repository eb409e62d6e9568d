"""A node of the simulated segment, seen from outside."""

from __future__ import annotations

from math import inf
from typing import Protocol
from uuid import UUID

from covey.discovery.announce.place import Place
from covey.discovery.beacon.routes import Mode

from .listener import Listener
from .traffic import Traffic

__all__ = ["Engines", "Member"]

_UDP_PORT = 40000


class Engines(Protocol):
    """What decides what a node sends."""

    def start(self, now: float) -> Traffic:
        """Begin."""
        ...

    def handle_timeout(self, now: float) -> Traffic:
        """Do what is due."""
        ...

    def receive(self, datagram: bytes, place: Place, now: float, mode: Mode) -> Traffic:
        """Take a datagram."""
        ...

    def leave(self) -> Traffic:
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
        place: where its datagrams come from.
        died_at: when it was killed or left; infinite for a living one.
        resumes_at: when it goes on, if it stands still.
        planned: when its owner looks at it next.
        waiting: datagrams that came while it stood still.
    """

    __slots__ = (
        "died_at",
        "engines",
        "listener",
        "place",
        "planned",
        "resumes_at",
        "side",
        "uuid",
        "waiting",
    )

    def __init__(self, uuid: UUID, number: int, side: int, engines: Engines) -> None:
        self.uuid = uuid
        self.engines = engines
        self.listener = engines if isinstance(engines, Listener) else None
        self.side = side
        host = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        self.place = Place(host, _UDP_PORT, "eth0", 2)
        self.died_at = inf
        self.resumes_at = 0.0
        self.planned = inf
        self.waiting: list[tuple[bytes, Place, Mode]] = []

    @property
    def is_alive(self) -> bool:
        """Whether it was neither killed nor left."""
        return self.died_at == inf
